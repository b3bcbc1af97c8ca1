/** Decodes in a thread of its own, which can be ended: a file may be made to take hours. */
import { parentPort } from 'node:worker_threads'
import { decodeAudio } from './decode.ts'
import type { RawFormat } from './sections.ts'

/** What is asked of this thread; it answers with what was measured. */
export interface DecodeJob {
  bytes: Uint8Array
  raw: RawFormat | null
}

// What decoders write to the console, a line for each broken frame, is not for anybody.
const quiet = (): void => {}
Object.assign(console, { log: quiet, info: quiet, warn: quiet, error: quiet, debug: quiet })

parentPort?.on('message', ({ bytes, raw }: DecodeJob) => {
  void decodeAudio(bytes, raw).then((measure) => parentPort?.postMessage(measure))
})
