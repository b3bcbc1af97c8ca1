import type { LeasedService } from '../services/leases/lease-protocol.ts'
import { current } from './current.ts'
import { refusedBy } from './refusals.ts'

/** A parameter by the name that some servers have for it; where that is refused too it is left out. */
const OTHER_NAMES: Readonly<Record<string, string>> = { max_tokens: 'max_completion_tokens' }

type Body = Record<string, unknown>

/** What becomes of a parameter: another name, or null where it is left out. */
type Changes = ReadonlyMap<string, string | null>

// A worker may load this file twice.
const KEY = Symbol.for('jarvis.scenario.parameters')
const holder = globalThis as typeof globalThis & { [KEY]?: Map<string, Changes> }
/** What each service refused in this file, so that it is asked without that at once. */
const refused = (holder[KEY] ??= new Map<string, Changes>())

/**
 * The parameters of one request: without what the plan leaves out (`#omit=seed`) and what the service has refused before, and
 * then without what it refuses now.
 */
export class Parameters {
  readonly #given: Body
  readonly #optional: readonly string[]
  readonly #key: string
  readonly #changes: Map<string, string | null>
  #hasLearned = false

  /**
   * @param path - what is asked: another path may take other parameters
   * @param optional - those of the body that a request may do without
   */
  constructor(service: LeasedService, path: string, given: Body, optional: readonly string[]) {
    this.#given = given
    this.#optional = optional
    this.#key = JSON.stringify([service.url, service.model, path])
    this.#changes = new Map(refused.get(this.#key) ?? learnedOf(this.#key))
    for (const name of omitted(service)) if (optional.includes(name)) this.#changes.set(name, null)
  }

  /** What is sent. */
  get body(): Body {
    const entries = Object.entries(this.#given).flatMap(([name, value]) => {
      const sent = this.#nameOf(name)
      return sent === null ? [] : [[sent, value] as const]
    })
    return Object.fromEntries(entries)
  }

  /** Whether an answer refuses some of the parameters: then the body is now one without them. */
  refuses(status: number, answer: string): boolean {
    const sent = this.#optional.flatMap((name) => {
      const as = this.#given[name] === undefined ? null : this.#nameOf(name)
      return as === null ? [] : [{ name, as, value: this.#given[name] }]
    })
    const told = refusedBy(
      status,
      answer,
      Object.fromEntries(sent.map(({ as, value }) => [as, value])),
    )
    for (const { name, as } of sent.filter((one) => told.includes(one.as))) {
      const other = OTHER_NAMES[name] ?? null
      this.#changes.set(name, as === other ? null : other)
      this.#hasLearned = true
    }
    return told.length > 0
  }

  /** The service has taken the request: what it went without is remembered, and noted with the running test. */
  taken(): void {
    if (this.#hasLearned) {
      refused.set(this.#key, new Map(this.#changes))
      current().connection?.learn({ [this.#key]: Object.fromEntries(this.#changes) })
    }
    const attempt = current().attempt.getStore()
    for (const [name, other] of this.#changes) {
      if (other === null && this.#given[name] !== undefined) attempt?.dropped(name)
    }
  }

  #nameOf(name: string): string | null {
    const change = this.#changes.get(name)
    return change === undefined ? name : change
  }
}

/** What the scenario files before have learned. */
function learnedOf(key: string): Changes {
  const told = current().lease?.learned?.[key] ?? {}
  return new Map(Object.entries(told as Record<string, string | null>))
}

/**
 * The parameters of a protocol with names of its own, without what the plan leaves out.
 *
 * @param given - each by its name in OpenAI's protocol, and as it is sent
 */
export function withoutOmitted(
  service: LeasedService,
  given: readonly { name: string; as: Body }[],
): Body {
  const out = omitted(service)
  const attempt = current().attempt.getStore()
  const kept = given.filter(({ name }) => !out.includes(name))
  for (const { name } of given) if (out.includes(name)) attempt?.dropped(name)
  return Object.assign({}, ...kept.map(({ as }) => as)) as Body
}

/** The parameters that the plan leaves out of requests to a service. */
function omitted({ flags }: LeasedService): readonly string[] {
  const { omit } = flags
  return typeof omit === 'string' ? omit.split(',') : []
}
