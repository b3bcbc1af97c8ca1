import { expect, type MatcherState } from 'vitest'
import { withoutFrames } from '../../errors.ts'
import { toBeAudio } from './audio.ts'
import { toBeHeardAs } from './heard-as.ts'
import type { Verdict } from './received.ts'
import { toCallTool, toRespondWithin } from './reply.ts'
import { toMatchSchema } from './schema.ts'
import { toBeSimilarTo, toMatchTranscript } from './transcript.ts'

/** Gives `expect` what the field needs. */
export function registerMatchers(): void {
  expect.extend({
    toBeAudio: harmless(toBeAudio),
    toBeHeardAs: harmless(toBeHeardAs),
    toBeSimilarTo: harmless(toBeSimilarTo),
    toCallTool: harmless(toCallTool),
    toMatchSchema: harmless(toMatchSchema),
    toMatchTranscript: harmless(toMatchTranscript),
    toRespondWithin: harmless(toRespondWithin),
  })
}

/** What models said stands in the messages, and these in the stacks of errors. */
function harmless<Given extends unknown[]>(
  matcher: (this: MatcherState, ...given: Given) => Verdict | Promise<Verdict>,
): (this: MatcherState, ...given: Given) => Verdict | Promise<Verdict> {
  const told = (verdict: Verdict): Verdict => {
    return { ...verdict, message: () => withoutFrames(verdict.message()) }
  }
  return function (...given) {
    const verdict = matcher.apply(this, given)
    return verdict instanceof Promise ? verdict.then(told) : told(verdict)
  }
}
