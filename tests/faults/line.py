"""A line that is slow or breaks: a small TCP proxy between HAProxy and PostgreSQL."""

import asyncio
import socket
import struct
import threading

PART = 65536
RESET = struct.pack(
    "ii", 1, 0
)  # SO_LINGER without waiting: the other side sees a reset


class BadLine:
    """Hands on after ``delay`` seconds each way; `reset_all` breaks all connections."""

    def __init__(self, port, target, delay=0.0):
        self.port, self.target, self.delay = port, target, delay / 2
        self.writers = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bad line")

    def __enter__(self):
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_exception):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def reset_all(self):
        self._loop.call_soon_threadsafe(self._reset)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._accept, "127.0.0.1", self.port)
        )
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._reset()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.1))
        self._loop.close()

    def _reset(self):
        for writer in self.writers:
            writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, RESET
            )
            writer.transport.abort()
        self.writers.clear()

    async def _accept(self, reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.close()
            return
        self.writers |= {writer, far_writer}
        await asyncio.gather(
            self._hand_on(reader, far_writer), self._hand_on(far_reader, writer)
        )

    async def _hand_on(self, reader, writer):
        """Each part is late by the delay, whatever came before it."""
        queue = asyncio.Queue()
        sender = asyncio.ensure_future(self._send(queue, writer))
        try:
            while part := await reader.read(PART):
                queue.put_nowait((self._loop.time() + self.delay, part))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            queue.put_nowait((self._loop.time() + self.delay, b""))
            await sender

    async def _send(self, queue, writer):
        try:
            while True:
                moment, part = await queue.get()
                await asyncio.sleep(moment - self._loop.time())
                if not part:
                    break
                writer.write(part)
                await writer.drain()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()
