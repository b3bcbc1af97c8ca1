import { expect } from 'vitest'
import { toBeAudio } from './audio.ts'
import { toBeHeardAs } from './heard-as.ts'
import { toCallTool, toRespondWithin } from './reply.ts'
import { toMatchSchema } from './schema.ts'
import { toBeSimilarTo, toMatchTranscript } from './transcript.ts'

/** Gives `expect` what the field needs. */
export function registerMatchers(): void {
  expect.extend({
    toBeAudio,
    toBeHeardAs,
    toBeSimilarTo,
    toCallTool,
    toMatchSchema,
    toMatchTranscript,
    toRespondWithin,
  })
}
