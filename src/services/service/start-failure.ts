import { JarvisError, messageOf } from '../../errors.ts'
import { illegalInstructionAdvice } from '../../host/illegal-instruction.ts'
import type { ServiceRecipe } from '../engine.ts'
import { portInUse } from '../processes/ports.ts'
import type { Role } from './service-context.ts'
import { rootCause } from './root-cause.ts'
import { adviceOn, exitInWords, type ServiceError } from './service-error.ts'
import { lastLines } from './service-log.ts'
import type { ServicePlace } from './service-place.ts'

/** A traceback is longer than what a message shows of it; vLLM writes three, of 40 lines each. */
const LINES_TO_EXPLAIN = 300
/** Errors that say all there is to say. */
const TOLD_WHOLE = new Set<string>(['MISSING', 'PORT_IN_USE'])
const PORT_TAKEN = /EADDRINUSE|address already in use/i

/** What has to be known of a service to tell why it did not come up. */
export interface Starter {
  role: Role
  recipe: ServiceRecipe
  /** An error with the last lines of its log. */
  failure(code: 'SERVICE_FAILED' | 'SERVICE_TIMEOUT', why: string, cause: unknown): ServiceError
}

/** Why a service did not come up; `lateAfter` the seconds that it had where these are over. */
export async function startFailure(
  error: unknown,
  service: Starter,
  { exit, endpoint }: ServicePlace,
  lateAfter: number | null,
): Promise<JarvisError> {
  const { role, recipe } = service
  const { text } = role.model
  if (exit !== null) {
    if (lastLines(endpoint.log).some((line) => PORT_TAKEN.test(line))) {
      return portInUse(endpoint.port, text, { cause: error })
    }
    const lines = lastLines(endpoint.log, LINES_TO_EXPLAIN)
    const known = recipe.explain?.(lines) ?? null
    if (known !== null) return known
    const cause = rootCause(lines)
    const why = cause === null ? '.' : `: ${cause.replace(/\.$/, '')}.`
    const hint = adviceOn(exit, lines)
    const advice = hint === null ? '' : ` ${hint}`
    const sentence = `${text} ${exitInWords(exit)} before it was ready${why}${advice}`
    return service.failure('SERVICE_FAILED', sentence, error)
  }
  if (lateAfter !== null) {
    const sentence = `${text} was not ready after ${lateAfter} s: ${recipe.lacks(endpoint)}.`
    return service.failure('SERVICE_TIMEOUT', sentence, error)
  }
  if (error instanceof JarvisError && TOLD_WHOLE.has(error.code)) return error
  const why = messageOf(error)
  // A server may live on while what ran the model for it does not.
  const advice = illegalInstructionAdvice(null, [why])
  const sentence = `${text} failed while it was starting: ${why}.${advice === null ? '' : ` ${advice}`}`
  return service.failure('SERVICE_FAILED', sentence, error)
}
