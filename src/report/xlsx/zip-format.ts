/*
 * The records of a zip archive that is written as it comes: sizes stand behind each file and in the directory at the end.
 * Where one does not fit into four bytes they are of zip64.
 *
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */

interface Sizes {
  crc: number
  size: number
  packed: number
}

const [LOCAL, TAIL, CENTRAL, END] = [0x04034b50, 0x08074b50, 0x02014b50, 0x06054b50]
const [END_64, LOCATOR_64] = [0x06064b50, 0x07064b50]
const [VERSION, VERSION_64] = [20, 45]
const MADE_BY_UNIX = 3 << 8
/** Sizes follow the file; names are UTF-8. */
const FLAGS = 0x0808
const DEFLATED = 8
const EXTRA_64 = 1
const [MOST_16, MOST_32] = [0xffff, 0xffffffff]
/** Anybody may read and its owner write it. */
const RIGHTS = 0o100644
const FIRST_YEAR = 1980
/** Seven bits hold no more. */
const MOST_YEARS = 127

/** What stands before a file. */
export function localHead(name: string, time: Date): Buffer {
  const bytes = Buffer.from(name)
  const head = Buffer.alloc(30)
  head.writeUInt32LE(LOCAL, 0)
  head.writeUInt16LE(VERSION, 4)
  writeKind(head, 6, time)
  head.writeUInt16LE(bytes.length, 26)
  return Buffer.concat([head, bytes])
}

/** What stands behind a file. */
export function tailOf({ crc, size, packed }: Sizes): Buffer {
  const isLarge = size >= MOST_32 || packed >= MOST_32
  const tail = Buffer.alloc(isLarge ? 24 : 16)
  tail.writeUInt32LE(TAIL, 0)
  tail.writeUInt32LE(crc, 4)
  if (isLarge) {
    tail.writeBigUInt64LE(BigInt(packed), 8)
    tail.writeBigUInt64LE(BigInt(size), 16)
  } else {
    tail.writeUInt32LE(packed, 8)
    tail.writeUInt32LE(size, 12)
  }
  return tail
}

/** What stands at the end: an archive of these files, whose last ends at `offset`. */
export function directory(
  files: readonly (Sizes & { name: string; offset: number })[],
  { offset, time }: { offset: number; time: Date },
): Buffer {
  const entries = files.map((file) => centralHead(file, time))
  const length = entries.reduce((sum, entry) => sum + entry.length, 0)
  const isLarge = files.length >= MOST_16 || offset >= MOST_32 || length >= MOST_32
  const large = isLarge ? [largeEnd(files.length, length, offset)] : []
  const end = Buffer.alloc(22)
  end.writeUInt32LE(END, 0)
  end.writeUInt16LE(Math.min(files.length, MOST_16), 8)
  end.writeUInt16LE(Math.min(files.length, MOST_16), 10)
  end.writeUInt32LE(Math.min(length, MOST_32), 12)
  end.writeUInt32LE(Math.min(offset, MOST_32), 16)
  return Buffer.concat([...entries, ...large, end])
}

function centralHead(
  { name, crc, size, packed, offset }: Sizes & { name: string; offset: number },
  time: Date,
): Buffer {
  const bytes = Buffer.from(name)
  const isLarge = [size, packed, offset].some((one) => one >= MOST_32)
  const head = Buffer.alloc(46)
  head.writeUInt32LE(CENTRAL, 0)
  head.writeUInt16LE(MADE_BY_UNIX | (isLarge ? VERSION_64 : VERSION), 4)
  head.writeUInt16LE(isLarge ? VERSION_64 : VERSION, 6)
  writeKind(head, 8, time)
  head.writeUInt32LE(crc, 16)
  head.writeUInt32LE(isLarge ? MOST_32 : packed, 20)
  head.writeUInt32LE(isLarge ? MOST_32 : size, 24)
  head.writeUInt16LE(bytes.length, 28)
  head.writeUInt32LE(RIGHTS * 0x10000, 38)
  head.writeUInt32LE(isLarge ? MOST_32 : offset, 42)
  if (!isLarge) return Buffer.concat([head, bytes])
  const extra = Buffer.alloc(28)
  extra.writeUInt16LE(EXTRA_64, 0)
  extra.writeUInt16LE(24, 2)
  extra.writeBigUInt64LE(BigInt(size), 4)
  extra.writeBigUInt64LE(BigInt(packed), 12)
  extra.writeBigUInt64LE(BigInt(offset), 20)
  head.writeUInt16LE(extra.length, 30)
  return Buffer.concat([head, bytes, extra])
}

function largeEnd(files: number, length: number, offset: number): Buffer {
  const end = Buffer.alloc(76)
  end.writeUInt32LE(END_64, 0)
  end.writeBigUInt64LE(44n, 4)
  end.writeUInt16LE(MADE_BY_UNIX | VERSION_64, 12)
  end.writeUInt16LE(VERSION_64, 14)
  end.writeBigUInt64LE(BigInt(files), 24)
  end.writeBigUInt64LE(BigInt(files), 32)
  end.writeBigUInt64LE(BigInt(length), 40)
  end.writeBigUInt64LE(BigInt(offset), 48)
  end.writeUInt32LE(LOCATOR_64, 56)
  end.writeBigUInt64LE(BigInt(offset + length), 64)
  end.writeUInt32LE(1, 72)
  return end
}

/** Flags, method, time of day and date. */
function writeKind(head: Buffer, at: number, time: Date): void {
  const seconds = (time.getHours() << 11) | (time.getMinutes() << 5) | (time.getSeconds() >> 1)
  const years = Math.min(MOST_YEARS, Math.max(0, time.getFullYear() - FIRST_YEAR))
  head.writeUInt16LE(FLAGS, at)
  head.writeUInt16LE(DEFLATED, at + 2)
  head.writeUInt16LE(seconds, at + 4)
  head.writeUInt16LE((years << 9) | ((time.getMonth() + 1) << 5) | time.getDate(), at + 6)
}
