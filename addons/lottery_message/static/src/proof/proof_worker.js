// Looks for the number behind a proof-of-work challenge, off the page's own thread.
//
// The hash is written out here: crypto.subtle exists on https pages only and answers
// each small hash through a promise, which costs more than the hash itself.

/* eslint-disable no-bitwise */
"use strict";

const ROUND = new Uint32Array(64);
const START = new Uint32Array(8);

// SHA-256's constants are the fractions of the square and cube roots of primes.
(function fillConstants() {
    const fraction = (x) => ((x - Math.floor(x)) * 0x100000000) | 0;
    let count = 0;
    for (let candidate = 2; count < 64; candidate++) {
        let prime = true;
        for (let factor = 2; factor * factor <= candidate; factor++) {
            if (candidate % factor === 0) {
                prime = false;
                break;
            }
        }
        if (prime) {
            if (count < 8) {
                START[count] = fraction(Math.sqrt(candidate));
            }
            ROUND[count++] = fraction(Math.cbrt(candidate));
        }
    }
})();

const words = new Uint32Array(64);

function compress(state, block, offset) {
    for (let i = 0; i < 16; i++) {
        const at = offset + i * 4;
        words[i] =
            (block[at] << 24) |
            (block[at + 1] << 16) |
            (block[at + 2] << 8) |
            block[at + 3];
    }
    for (let i = 16; i < 64; i++) {
        const x = words[i - 15];
        const y = words[i - 2];
        const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
        const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
        words[i] = words[i - 16] + s0 + words[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
        const s1 =
            ((e >>> 6) | (e << 26)) ^
            ((e >>> 11) | (e << 21)) ^
            ((e >>> 25) | (e << 7));
        const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[i] + words[i]) | 0;
        const s0 =
            ((a >>> 2) | (a << 30)) ^
            ((a >>> 13) | (a << 19)) ^
            ((a >>> 22) | (a << 10));
        const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g;
        g = f;
        f = e;
        e = (d + t1) | 0;
        d = c;
        c = b;
        b = a;
        a = (t1 + t2) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

/** The eight words of SHA-256 of an ASCII text. */
function sha256(text) {
    const length = text.length;
    const block = new Uint8Array((((length + 8) >> 6) + 1) << 6);
    for (let i = 0; i < length; i++) {
        block[i] = text.charCodeAt(i);
    }
    block[length] = 0x80;
    new DataView(block.buffer).setUint32(block.length - 4, length * 8);
    const state = START.slice();
    for (let offset = 0; offset < block.length; offset += 64) {
        compress(state, block, offset);
    }
    return state;
}

function toHex(state) {
    return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
}

globalThis.onmessage = ({data: {salt, challenge, maxNumber}}) => {
    const first = parseInt(challenge.slice(0, 8), 16);
    for (let number = 0; number <= maxNumber; number++) {
        const state = sha256(salt + number);
        if (state[0] === first && toHex(state) === challenge) {
            globalThis.postMessage({number});
            return;
        }
    }
    globalThis.postMessage({number: null});
};
