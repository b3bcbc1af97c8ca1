import type { Readable } from 'node:stream'
import { messageOf } from '../errors.ts'
import { codeOf } from '../host/system-error.ts'

/** A stream that a run writes to. */
export interface GuardedStream {
  /** What a person calls it. */
  name: string
  stream: NodeJS.WritableStream
}

/** A stream that cannot be written to. */
export interface LostOutput {
  name: string
  /** In words. */
  reason: string
  /** Nothing will arrive any more; otherwise what is written later may. */
  forGood: boolean
}

/** What may pass: room is made on a disk, and the next lines arrive. */
const PASSING = new Set(['EAGAIN', 'EDQUOT', 'ENOSPC'])

const REASONS: Readonly<Record<string, string>> = {
  EDQUOT: 'the disk quota is used up',
  EIO: 'its terminal is closed',
  ENOSPC: 'the disk is full',
  EPIPE: 'whoever read it has ended',
}

/**
 * Keeps a stream that can no longer be written to from ending the process: who reads the output of a run may
 * end, its terminal may be closed, the disk below it may be full. `onLost` is called with the first failure of
 * each; what is written after one that is for good costs nothing and is told as written.
 */
export function guardOutput(
  streams: readonly GuardedStream[],
  onLost: (lost: LostOutput) => void,
): void {
  for (const each of streams) guard(each, onLost)
}

/** Who is told of each stream: of several runs in one process the last. */
const told = new WeakMap<NodeJS.WritableStream, (lost: LostOutput) => void>()

function guard({ name, stream }: GuardedStream, onLost: (lost: LostOutput) => void): void {
  const isGuarded = told.has(stream)
  told.set(stream, onLost)
  if (isGuarded) return
  let isTold = false
  stream.on('error', (error: NodeJS.ErrnoException) => {
    const code = codeOf(error)
    const forGood = !PASSING.has(code)
    if (forGood) stream.write = swallow
    if (isTold) return
    isTold = true
    const reason = REASONS[code] === undefined ? messageOf(error) : `${REASONS[code]} (${code})`
    told.get(stream)?.({ name, reason, forGood })
  })
  // A worker whose output is no longer taken from its pipe would stop when the pipe is full.
  stream.on('unpipe', (source: Readable) => source.resume())
}

function swallow(_chunk: unknown, ...rest: unknown[]): boolean {
  const done = rest.find((each) => typeof each === 'function') as (() => void) | undefined
  if (done !== undefined) process.nextTick(done)
  return true
}
