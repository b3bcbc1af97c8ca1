import { Worker } from 'node:worker_threads'
import { messageOf } from '../../errors.ts'
import { entryPath } from '../../host/entry.ts'
import { clearTimeout, setTimeout } from '../../host/real-time.ts'
import { type AudioMeasure, decodeAudio, unknown } from './decode.ts'
import type { DecodeJob } from './decode-thread.ts'
import { markedKind } from './kinds.ts'
import type { RawFormat } from './sections.ts'

/** What the thread may take for one body. */
const TIME_LIMIT_MS = 20_000
/** Of a WAV file of this length the sums take some 0.1 s, less than a thread takes to start. */
const LARGEST_HERE_BYTES = 16 * 1024 * 1024
const LARGEST_BYTES = 256 * 1024 * 1024
const HEAP_LIMIT_MB = 256

let thread: Worker | undefined
let last: Promise<unknown> = Promise.resolve()

/**
 * Length and loudness of audio by its decoded samples, whatever its name or type says: WAV of any kind, FLAC, MP3, AAC,
 * Opus, Vorbis, WebM, several of one kind after each other, and raw PCM of a known rate.
 *
 * It never throws, takes 20 s at most, and never holds more than a small part of the samples.
 */
export async function measureAudio(
  bytes: Uint8Array,
  raw: RawFormat | null = null,
  limit = TIME_LIMIT_MS,
): Promise<AudioMeasure> {
  if (bytes.length > LARGEST_BYTES) {
    return unknown(`larger than ${LARGEST_BYTES / 1024 ** 2} MB, which is not decoded`)
  }
  const kind = markedKind(bytes)
  const isPlain = kind === 'wav' || (kind === null && raw !== null)
  if (isPlain && bytes.length <= LARGEST_HERE_BYTES) return decodeAudio(bytes, raw)
  // One at a time: each would take its memory.
  const mine = last.then(() => decodeElsewhere({ bytes, raw }, limit))
  last = mine
  return mine
}

function decodeElsewhere(job: DecodeJob, limit: number): Promise<AudioMeasure> {
  return new Promise((resolve) => {
    const worker = threadOf()
    if (typeof worker === 'string') {
      resolve(unknown(worker))
      return
    }
    const done = (measure: AudioMeasure): void => end(measure, false)
    const failed = (error: unknown): void =>
      end(unknown(`not decodable: ${messageOf(error)}`), true)
    const gone = (code: number): void =>
      end(unknown(`not decodable: the decoder ended with ${code}`), true)
    const timer = setTimeout(
      () => end(unknown(`not decoded within ${limit / 1_000} s`), true),
      limit,
    )
    const end = (measure: AudioMeasure, isLost: boolean): void => {
      clearTimeout(timer)
      worker.off('message', done).off('error', failed).off('exit', gone)
      worker.unref()
      if (isLost) {
        thread = undefined
        void worker.terminate()
      }
      resolve(measure)
    }
    worker.on('message', done).on('error', failed).on('exit', gone)
    // It keeps the process alive while somebody waits for it, and only then.
    worker.ref()
    worker.postMessage(job)
  })
}

/** The thread that decodes, started with the first body; why there is none. */
function threadOf(): Worker | string {
  try {
    thread ??= startThread()
    return thread
  } catch (error) {
    return `not decodable: no thread can be started: ${messageOf(error)}`
  }
}

function startThread(): Worker {
  const worker = new Worker(entryPath(import.meta.url, 'metrics/audio/decode-thread'), {
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB },
  })
  worker.on('error', () => {
    thread = undefined
  })
  return worker
}
