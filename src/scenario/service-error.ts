import type { Response } from 'undici'
import { withoutFrames } from '../errors.ts'
import { illegalInstructionAdvice } from '../host/illegal-instruction.ts'
import { RealDate } from '../host/real-time.ts'
import { keyVariable } from '../plan/openai-name.ts'
import { refusedCapability } from './refused-capability.ts'
import type { LeasedService } from '../services/leases/lease-protocol.ts'

/** How much of the address that a service redirects to a message has. */
const LONGEST_PLACE = 200

/** What is known of a failure beyond its sentence. */
export interface ErrorFacts {
  /** What to do, as a sentence without its full stop. */
  advice: string
  /** `MISSING` where the model is not there, or cannot do what was asked of it at all. */
  code: 'MISSING'
  /** Seconds that the service asks to wait. */
  retryAfter: number
  /** What had come before the failure. */
  received: string
}

/**
 * A service answered with something that is no answer, or not at all. The message names engine and model, its
 * URL or program and its HTTP status.
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  /** Null where it has none. */
  readonly url: string | null
  /** HTTP status; null when there was none. */
  readonly status: number | null
  /** `MISSING` where the service does not have the model, or one that cannot do this: the scenario is then MISSING, not FAILED. */
  readonly code: 'MISSING' | null
  /** Seconds that the service asks to wait (`Retry-After`); null where it does not. */
  readonly retryAfter: number | null
  /** What had come before the failure: the text of a stream, or the body. */
  received: string

  constructor(
    message: string,
    url: string | null,
    status: number | null,
    { cause, code, retryAfter, received }: Partial<ErrorFacts> & { cause?: unknown } = {},
  ) {
    // What a server says stands in it, and the message stands in the stack.
    super(withoutFrames(message), { cause })
    this.url = url
    this.status = status
    this.code = code ?? null
    this.retryAfter = retryAfter ?? null
    this.received = received ?? ''
  }
}

/** What a status other than success says, for a message. */
export function noteOfStatus(
  service: LeasedService,
  { status, statusText, headers }: Pick<Response, 'status' | 'statusText' | 'headers'>,
  text: string,
): { what: string } & Partial<ErrorFacts> {
  const what = `answered ${status} ${statusText}`.trim()
  const elsewhere = status >= 300 && status < 400 ? headers.get('location') : null
  if (elsewhere !== null) {
    const place = elsewhere.slice(0, LONGEST_PLACE)
    return {
      what,
      advice: `It redirects to ${place}, which is not followed: name the service itself`,
    }
  }
  if (status === 401) {
    const { engine, flags } = service
    return engine === 'openai'
      ? { what, advice: `Its key is read from ${keyVariable(flags)}` }
      : { what }
  }
  if (status === 404 && isMissingModel(text)) {
    return { what, code: 'MISSING', advice: adviceFor(service) }
  }
  const built = illegalInstructionAdvice(null, [text])
  if (built !== null) return { what, advice: built.replace(/\.$/, '') }
  const refused = refusedCapability(status, text)
  if (refused !== null) return { what, ...refused }
  const wait = headers.get('retry-after')
  const retryAfter = wait === null ? null : secondsUntil(wait)
  if (retryAfter === null) return { what }
  return { what: `${what} (Retry-After: ${retryAfter} s)`, retryAfter }
}

/** A path that the server does not have is another 404. */
function isMissingModel(text: string): boolean {
  return /model/iu.test(text) && /not found|not exist|unknown|no such/iu.test(text)
}

function adviceFor({ engine, model }: LeasedService): string {
  return engine === 'ollama'
    ? `Get the model with \`ollama pull ${model}\``
    : 'The service does not have this model: correct its name in the plan, or load it there'
}

/** `Retry-After` is a number of seconds or a date (RFC 9110, section 10.2.3). */
function secondsUntil(value: string): number | null {
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return seconds
  const time = RealDate.parse(value)
  return Number.isNaN(time) ? null : Math.max(0, Math.round((time - RealDate.now()) / 1_000))
}
