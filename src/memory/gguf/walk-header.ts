import type { Metadata, MetadataValue } from './metadata.ts'

/**
 * The header of a GGUF (ggml, docs/gguf.md), without what is long in it: of a vocabulary of 262,144 words only the lengths are
 * looked at. It may be anybody's file: nothing in it is believed before it is compared with how long the file is.
 */
export interface GgufHeader {
  metadata: Metadata
  tensors: readonly GgufTensor[]
}

/** A tensor by its entry in the header. */
export interface GgufTensor {
  name: string
  /** Sizes, the first one being that of a row. */
  dimensions: readonly number[]
  /** Number of its type. */
  type: number
}

/** A file is no GGUF, or none that can be read. */
export class NoGgufError extends Error {}

/** So much of a file at a time. */
const CHUNK_BYTES = 1024 * 1024
/** More than any vocabulary with its merges takes. */
const MOST_HEADER_BYTES = 512 * 1024 * 1024
/** Of texts that are longer only the length counts: templates of chats, licences. */
const LONGEST_TEXT = 1_024
const LONGEST_NAME = 65_535
/** Lists of numbers for each layer are kept, those for each word of a vocabulary are not. */
const LONGEST_LIST = 4_096
const MOST_DIMENSIONS = 4
const MAGIC = 'GGUF'

/** The types of values, by number. */
const UINT32 = 4
const BOOL = 7
const STRING = 8
const ARRAY = 9
const UINT64 = 10
const SIZES: ReadonlyMap<number, number> = new Map([
  [0, 1], // uint8
  [1, 1], // int8
  [2, 2], // uint16
  [3, 2], // int16
  [UINT32, 4],
  [5, 4], // int32
  [6, 4], // float32
  [BOOL, 1],
  [UINT64, 8],
  [11, 8], // int64
  [12, 8], // float64
])

/** What of a file is wanted next: `length` bytes from `position` on; fewer are given at its end. */
export interface Wanted {
  position: number
  length: number
}

/** A walk that asks for pieces of a file; whoever drives it reads them. */
export type Walk<Result> = Generator<Wanted, Result, Buffer>

/**
 * Walks through a header.
 *
 * @throws NoGgufError
 */
export function* walkHeader(fileBytes: number): Walk<GgufHeader> {
  const at = new Place(fileBytes)
  if ((yield* text(at, 4)) !== MAGIC) throw new NoGgufError('it does not begin with GGUF')
  const version = yield* number(at, UINT32)
  if (version !== 2 && version !== 3) {
    const other = version !== 0 && (version & 0xffff) === 0
    throw new NoGgufError(
      other
        ? 'it is made for processors of the other byte order'
        : `its version of the format is ${version}, and 2 and 3 are known`,
    )
  }
  const tensorCount = yield* count(at, 24)
  const valueCount = yield* count(at, 13)
  const metadata = new Map<string, MetadataValue>()
  for (let index = 0; index < valueCount; index++) {
    const key = yield* name(at)
    const value = yield* anyValue(at)
    if (value !== null) metadata.set(key, value)
  }
  const tensors: GgufTensor[] = []
  for (let index = 0; index < tensorCount; index++) tensors.push(yield* tensor(at))
  return { metadata, tensors }
}

/** Where a walk is, and what it holds of the file. */
class Place {
  readonly fileBytes: number
  position = 0
  chunk: Buffer = Buffer.alloc(0)
  chunkStart = 0

  constructor(fileBytes: number) {
    this.fileBytes = fileBytes
  }

  /** Whether so many bytes from here on are held. */
  holds(length: number): boolean {
    const from = this.position - this.chunkStart
    return from >= 0 && from + length <= this.chunk.length
  }

  /** Moves on; what is passed over is not read. */
  skip(length: number): void {
    this.position += length
    if (this.position > this.fileBytes) throw cutOff()
  }

  /** What is left of the file: nothing can be longer. */
  get left(): number {
    return this.fileBytes - this.position
  }
}

/** Makes sure that so many bytes from here on are held, and returns where they are in the chunk. */
function* hold(at: Place, length: number): Walk<number> {
  if (!at.holds(length)) {
    if (length > at.left) throw cutOff()
    if (at.position > MOST_HEADER_BYTES) throw new NoGgufError('its header does not end')
    at.chunk = yield { position: at.position, length: Math.max(length, CHUNK_BYTES) }
    at.chunkStart = at.position
    if (at.chunk.length < length) throw cutOff()
  }
  return at.position - at.chunkStart
}

function* number(at: Place, type: number): Walk<number> {
  const size = SIZES.get(type)
  if (size === undefined) throw new NoGgufError(`a value has the type ${type}, which there is not`)
  const from = yield* hold(at, size)
  at.position += size
  return numberAt(at.chunk, from, type)
}

function numberAt(bytes: Buffer, from: number, type: number): number {
  switch (type) {
    case 0:
    case BOOL:
      return bytes.readUInt8(from)
    case 1:
      return bytes.readInt8(from)
    case 2:
      return bytes.readUInt16LE(from)
    case 3:
      return bytes.readInt16LE(from)
    case UINT32:
      return bytes.readUInt32LE(from)
    case 5:
      return bytes.readInt32LE(from)
    case 6:
      return bytes.readFloatLE(from)
    case UINT64:
      return bytes.readUInt32LE(from + 4) * 2 ** 32 + bytes.readUInt32LE(from)
    case 11:
      return Number(bytes.readBigInt64LE(from))
    default:
      return bytes.readDoubleLE(from)
  }
}

/** A number of things of which each takes at least so many bytes. */
function* count(at: Place, least: number): Walk<number> {
  const many = yield* number(at, UINT64)
  if (many * least > at.left) throw cutOff()
  return many
}

function* text(at: Place, length: number): Walk<string> {
  const from = yield* hold(at, length)
  at.position += length
  return at.chunk.toString('utf8', from, from + length)
}

function* name(at: Place): Walk<string> {
  const length = yield* count(at, 1)
  if (length > LONGEST_NAME) throw new NoGgufError(`a name in it has ${length} bytes`)
  return yield* text(at, length)
}

/** Null for a text that is too long to be of use. */
function* anyValue(at: Place): Walk<MetadataValue | null> {
  const type = yield* number(at, UINT32)
  if (type === ARRAY) return yield* list(at)
  if (type === BOOL) return (yield* number(at, type)) !== 0
  if (type !== STRING) return yield* number(at, type)
  const length = yield* count(at, 1)
  if (length <= LONGEST_TEXT) return yield* text(at, length)
  at.skip(length)
  return null
}

function* list(at: Place): Walk<MetadataValue> {
  const type = yield* number(at, UINT32)
  if (type === STRING) return yield* passTexts(at)
  const size = SIZES.get(type)
  if (size === undefined) throw new NoGgufError(`a list has the type ${type}, which there is not`)
  const length = yield* count(at, size)
  if (length > LONGEST_LIST) {
    at.skip(length * size)
    return { length }
  }
  const numbers: number[] = []
  for (let index = 0; index < length; index++) numbers.push(yield* number(at, type))
  return type === BOOL ? numbers.map(Boolean) : numbers
}

/** Passes over a list of texts. There may be a million of them: within a chunk nothing is asked for. */
function* passTexts(at: Place): Walk<MetadataValue> {
  const length = yield* count(at, 8)
  let left = length
  while (left > 0) {
    const start = yield* hold(at, 8)
    const passed = passWithin(at.chunk, start, left)
    left -= passed.texts
    at.skip(passed.to - start)
  }
  return { length }
}

/** Passes over the texts that begin within a chunk; the last of them may end beyond it. A function by itself is made fast. */
function passWithin(chunk: Buffer, from: number, most: number): { texts: number; to: number } {
  const last = chunk.length - 8
  let [texts, to] = [0, from]
  while (texts < most && to <= last) {
    to += 8 + chunk.readUInt32LE(to) + chunk.readUInt32LE(to + 4) * 2 ** 32
    texts++
  }
  return { texts, to }
}

function* tensor(at: Place): Walk<GgufTensor> {
  const called = yield* name(at)
  const dimensionCount = yield* number(at, UINT32)
  if (dimensionCount > MOST_DIMENSIONS) {
    throw new NoGgufError(`a tensor in it has ${dimensionCount} dimensions`)
  }
  const dimensions: number[] = []
  for (let index = 0; index < dimensionCount; index++) dimensions.push(yield* number(at, UINT64))
  const type = yield* number(at, UINT32)
  // Where it begins is not needed.
  yield* number(at, UINT64)
  return { name: called, dimensions, type }
}

function cutOff(): NoGgufError {
  return new NoGgufError('it ends in the middle of its header')
}
