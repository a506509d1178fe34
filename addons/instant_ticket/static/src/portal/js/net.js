/** Calls to the server that say in which way they failed. */

/** The line or the server did not answer: the same request may be sent again. */
export class NoAnswer extends Error {}

/** The login has ended; the cart stays on the phone. */
export class LoggedOut extends Error {}

/** The server answered with an error of its own; nothing was done. */
export class ServerError extends Error {}

async function fetchWithin(url, options, timeout) {
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), timeout);
    try {
        return await fetch(url, {...options, signal: control.signal});
    } catch (error) {
        throw new NoAnswer(error.message);
    } finally {
        clearTimeout(timer);
    }
}

export async function call(url, params, timeout = 15000) {
    const response = await fetchWithin(
        url,
        {
            method: "POST",
            headers: {"Content-Type": "application/json"},
            credentials: "same-origin",
            body: JSON.stringify({jsonrpc: "2.0", method: "call", params}),
        },
        timeout,
    );
    if (response.status >= 500 || response.status === 429) {
        throw new NoAnswer(`HTTP ${response.status}`); // proxy or server restarting
    }
    let answer;
    try {
        answer = await response.json();
    } catch (error) {
        throw new NoAnswer(error.message); // cut off on the way
    }
    if (answer.error) {
        throw answer.error.code === 100
            ? new LoggedOut()
            : new ServerError(answer.error.message);
    }
    return answer.result;
}

export async function get(url, timeout = 10000) {
    const response = await fetchWithin(
        url,
        {credentials: "same-origin", headers: {"X-Requested-With": "fetch"}},
        timeout,
    );
    if (response.redirected && !response.url.includes("/my/tickets")) {
        throw new LoggedOut();
    }
    return response;
}

export function pause(milliseconds) {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
