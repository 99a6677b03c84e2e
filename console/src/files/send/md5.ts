// MD5 (RFC 1321), which browsers do not have and storages name objects by. It tells files apart that nobody made to be alike,
// and protects nothing.

/** The shifts of each round. */
const SHIFTS = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/** What each of the 64 steps does with a block: its round, which word it takes, what it adds, how far it rotates. */
const STEPS = SHIFTS.flatMap((shifts, round) =>
  [0, 1, 2, 3].flatMap((four) =>
    shifts.map((shift, place) => {
      const at = 16 * round + 4 * four + place;
      const word = [at, 5 * at + 1, 3 * at + 5, 7 * at][round] ?? 0;
      return { round, offset: 4 * (word % 16), add: Math.floor(Math.abs(Math.sin(at + 1)) * 2 ** 32) | 0, shift };
    }),
  ),
);

/** The MD5 of bytes that come piece by piece. */
export class Md5 {
  readonly #state = { a: 0x67452301, b: 0xefcdab89 | 0, c: 0x98badcfe | 0, d: 0x10325476 };
  #length = 0;

  /** Takes a piece, which is a multiple of 64 bytes long. */
  add(blocks: Uint8Array): void {
    mix(this.#state, new DataView(blocks.buffer, blocks.byteOffset, blocks.length));
    this.#length += blocks.length;
  }

  /** Takes the last piece, however long it is, and answers the sum. */
  end(bytes: Uint8Array): Uint8Array {
    const whole = bytes.length - (bytes.length % 64);
    this.add(bytes.subarray(0, whole));
    mix(this.#state, ending(bytes.subarray(whole), this.#length + bytes.length - whole));
    const { a, b, c, d } = this.#state;
    const sum = new DataView(new ArrayBuffer(16));
    [a, b, c, d].forEach((word, at) => sum.setInt32(4 * at, word, true));
    return new Uint8Array(sum.buffer);
  }
}

/** The MD5 of bytes. */
export function md5(bytes: Uint8Array): Uint8Array {
  return new Md5().end(bytes);
}

/** The last bytes with a bit behind them, and the length of all in bits. */
function ending(rest: Uint8Array, length: number): DataView {
  const padded = new Uint8Array(rest.length < 56 ? 64 : 128);
  padded.set(rest);
  padded[rest.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, 8n * BigInt(length), true);
  return view;
}

/** Goes on with whole blocks. */
function mix(state: { a: number; b: number; c: number; d: number }, blocks: DataView): void {
  for (let block = 0; block < blocks.byteLength; block += 64) {
    let { a, b, c, d } = state;
    for (const { round, offset, add, shift } of STEPS) {
      const sum = (a + mixed(round, b, c, d) + add + blocks.getInt32(block + offset, true)) | 0;
      [a, d, c] = [d, c, b];
      b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
    }
    state.a = (state.a + a) | 0;
    state.b = (state.b + b) | 0;
    state.c = (state.c + c) | 0;
    state.d = (state.d + d) | 0;
  }
}

function mixed(round: number, b: number, c: number, d: number): number {
  if (round === 0) return (b & c) | (~b & d);
  if (round === 1) return (d & b) | (~d & c);
  return round === 2 ? b ^ c ^ d : c ^ (b | ~d);
}
