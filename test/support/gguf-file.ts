import { closeSync, openSync, writeSync } from 'node:fs'

/** A number as a GGUF has it. */
export interface Typed {
  type: 'u32' | 'u64' | 'i32' | 'f32'
  value: number
}

export type GgufInput =
  | Typed
  | string
  | boolean
  | readonly string[]
  | { type: 'u32' | 'i32' | 'f32' | 'bool'; list: readonly number[] }

/** A tensor of a file: its rows are as `fill` says, else zeros. */
export interface TensorInput {
  name: string
  dimensions: readonly number[]
  type: 'f32' | 'f16' | 'q4_0' | 'q8_0'
  fill?: (at: number) => number
}

export const u32 = (value: number): Typed => ({ type: 'u32', value })
export const f32 = (value: number): Typed => ({ type: 'f32', value })
export const u32s = (list: readonly number[]) => ({ type: 'u32', list }) as const
export const bools = (list: readonly boolean[]) =>
  ({ type: 'bool', list: list.map(Number) }) as const

const TYPES = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9, u64: 10 }
const TENSOR_TYPES = {
  f32: { number: 0, block: 1, bytes: 4 },
  f16: { number: 1, block: 1, bytes: 2 },
  q4_0: { number: 2, block: 32, bytes: 18 },
  q8_0: { number: 8, block: 32, bytes: 34 },
}
const ALIGNMENT = 32

/** The header of a GGUF, version 3, up to where its tensors begin. */
export function ggufHeader(
  metadata: Readonly<Record<string, GgufInput>>,
  tensors: readonly TensorInput[] = [],
): Buffer {
  const pieces: Buffer[] = [Buffer.from('GGUF'), u32Bytes(3), u64Bytes(tensors.length)]
  const entries = Object.entries(metadata)
  pieces.push(u64Bytes(entries.length))
  for (const [key, value] of entries) pieces.push(textBytes(key), valueBytes(value))
  let offset = 0
  for (const { name, dimensions, type } of tensors) {
    pieces.push(textBytes(name), u32Bytes(dimensions.length), ...dimensions.map(u64Bytes))
    pieces.push(u32Bytes(TENSOR_TYPES[type].number), u64Bytes(offset))
    offset += padded(bytesOf({ dimensions, type }))
  }
  const header = Buffer.concat(pieces)
  return Buffer.concat([header, Buffer.alloc(padded(header.length) - header.length)])
}

/** Writes a whole GGUF, tensor by tensor. */
export function writeGguf(
  path: string,
  metadata: Readonly<Record<string, GgufInput>>,
  tensors: readonly TensorInput[],
): void {
  const file = openSync(path, 'w')
  try {
    writeSync(file, ggufHeader(metadata, tensors))
    for (const tensor of tensors) {
      const bytes = bytesOf(tensor)
      writeSync(file, tensor.fill === undefined ? Buffer.alloc(bytes) : filled(tensor))
      writeSync(file, Buffer.alloc(padded(bytes) - bytes))
    }
  } finally {
    closeSync(file)
  }
}

/** Bytes of a tensor. */
export function bytesOf({ dimensions, type }: Pick<TensorInput, 'dimensions' | 'type'>): number {
  const { block, bytes } = TENSOR_TYPES[type]
  return (dimensions.reduce((product, size) => product * size, 1) / block) * bytes
}

/** Numbers of F32 and F16. */
function filled({ name, dimensions, type, fill }: TensorInput): Buffer {
  const count = dimensions.reduce((product, size) => product * size, 1)
  const numbers = Float32Array.from({ length: count }, (_, at) => fill!(at))
  if (type === 'f32') return Buffer.from(numbers.buffer)
  if (type !== 'f16') throw new Error(`${name} is of ${type}, which is not filled`)
  const bits = new Uint32Array(numbers.buffer)
  return Buffer.from(Uint16Array.from(bits, half).buffer)
}

/** The bits of a half for those of a number of moderate size; what is smaller than it can be is zero. */
function half(bits: number): number {
  const exponent = ((bits >>> 23) & 0xff) - 127 + 15
  return exponent <= 0 ? 0 : ((bits >>> 16) & 0x8000) | (exponent << 10) | ((bits >>> 13) & 0x3ff)
}

function padded(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT
}

function u32Bytes(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function u64Bytes(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function textBytes(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([u64Bytes(bytes.length), bytes])
}

function valueBytes(value: GgufInput): Buffer {
  if (typeof value === 'string') return Buffer.concat([u32Bytes(TYPES.string), textBytes(value)])
  if (typeof value === 'boolean') {
    return Buffer.concat([u32Bytes(TYPES.bool), Buffer.from([Number(value)])])
  }
  if ('value' in value) return Buffer.concat([u32Bytes(TYPES[value.type]), plainBytes(value)])
  const list = 'list' in value ? value : { type: 'string' as const, list: value }
  const head = [u32Bytes(TYPES.array), u32Bytes(TYPES[list.type]), u64Bytes(list.list.length)]
  if (list.type === 'string') return Buffer.concat([...head, ...list.list.map(textBytes)])
  const { type } = list
  if (type === 'f32')
    return Buffer.concat([...head, Buffer.from(Float32Array.from(list.list).buffer)])
  const each = (number: number): Buffer =>
    type === 'bool' ? Buffer.from([number]) : plainBytes({ type, value: number })
  return Buffer.concat([...head, ...list.list.map(each)])
}

function plainBytes({ type, value }: Typed): Buffer {
  if (type === 'u64') return u64Bytes(value)
  const bytes = Buffer.alloc(4)
  if (type === 'f32') bytes.writeFloatLE(value)
  else if (type === 'i32') bytes.writeInt32LE(value)
  else bytes.writeUInt32LE(value)
  return bytes
}
