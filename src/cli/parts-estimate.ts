import { RunEstimate } from '../dashboard/estimate.ts'
import type { HostsView, PartNews } from '../dashboard/hosts/types.ts'
import type { Estimate } from '../dashboard/types.ts'
import { loadoutKey } from '../events/index.ts'
import { type PastRuns, readPastRuns } from '../session/history/past-runs.ts'

/** How long a divided run still takes: as long as the part that takes longest. */
export class PartsEstimate implements Estimate {
  readonly #logs: string
  /** By their parts, with the session that each was made for. */
  readonly #parts = new Map<number, { session: string | null; estimate: RunEstimate }>()
  #view: HostsView | null = null
  #past: Promise<PastRuns> | null = null

  constructor(logs: string) {
    this.#logs = logs
  }

  /** Takes what is new of each part. */
  take(view: HostsView, news: readonly PartNews[]): void {
    this.#view = view
    for (const { index, entries } of news) {
      const session = view.parts[index - 1]?.session ?? null
      const known = this.#parts.get(index)
      const isKnown = known !== undefined && known.session === session
      const estimate = isKnown ? known.estimate : new RunEstimate()
      for (const entry of entries) estimate.apply(entry)
      if (isKnown) continue
      this.#parts.set(index, { session, estimate })
      void this.#pastOf(view).then((past) => estimate.learn(past))
    }
  }

  apply(): void {
    // Events come by their parts.
  }

  remaining(now: number): number | null {
    const left = this.#open().map(
      ({ index }) => this.#parts.get(index)?.estimate.remaining(now) ?? null,
    )
    if (left.length === 0 || left.includes(null)) return null
    return Math.max(...left.map((seconds) => seconds ?? 0))
  }

  overrun(now: number): number {
    const over = this.#open().map(({ index }) => this.#parts.get(index)?.estimate.overrun(now) ?? 0)
    return Math.max(0, ...over)
  }

  /** What is still to come, also of parts that have not begun. */
  #open(): HostsView['parts'] {
    return this.#view?.parts.filter(({ life }) => life !== 'ended' && life !== 'dead') ?? []
  }

  #pastOf({ parts }: HostsView): Promise<PastRuns> {
    const loadouts = parts.flatMap(({ fold }) => fold?.loadouts ?? [])
    const wanted = new Set(loadouts.map((loadout) => loadoutKey(loadout)))
    this.#past ??= readPastRuns(this.#logs, '', wanted)
    return this.#past
  }
}
