import { type EventOf, type JournalEntry, loadoutKey } from '../events/index.ts'
import type { Estimate } from './types.ts'

/** How long things took in earlier runs, in seconds: scenarios by the id of their rows, loadouts by `domain|loadout`. */
export interface PastTimes {
  scenarios: ReadonlyMap<string, { loadout: string; duration: number }>
  loadouts: ReadonlyMap<
    string,
    { setup: number | null; run: number | null; cleanup: number | null }
  >
}

interface LoadoutProgress {
  phase: 'waiting' | 'starting' | 'running' | 'over'
  /** Milliseconds since the epoch: when the phase began, and when the last result came in it. */
  since: number
  last: number
  /** What earlier runs had and this one has not yet: how many scenarios, and their seconds. */
  left: number
  leftSeconds: number
  /** Seconds of the clock for each second of a scenario: workers start, hooks run. */
  stretch: number
}

/**
 * How long the rest of a run takes: by what earlier runs took for the same scenario on the same loadout, else
 * by what this one has shown. It does not go up without a cause, which is more scenarios than were known, a
 * restart, or something that took longer than expected.
 */
export class RunEstimate implements Estimate {
  #past: PastTimes | null = null
  readonly #loadouts = new Map<string, LoadoutProgress>()
  /** What is done by the time the past is known. */
  #doneBefore: Set<string> | null = new Set()
  #left = new Set<string>()
  #running: string | null = null
  #total: number | null = null
  /** Loadouts whose number of results is known. */
  readonly #counted = new Set<string>()
  #done = 0
  #setups: number[] = []
  #cleanups: number[] = []
  /** Seconds of the clock in which results came, and how many. */
  #spent = 0
  #over = false
  #shown: number | null = null

  /** Earlier runs are known: null where there are none. */
  learn(past: PastTimes | null): void {
    const done = this.#doneBefore ?? new Set()
    this.#doneBefore = null
    this.#past = past
    this.#shown = null
    for (const [id, { loadout, duration }] of past?.scenarios ?? []) {
      const progress = this.#loadouts.get(loadout)
      if (progress === undefined || done.has(id)) continue
      this.#left.add(id)
      progress.left += 1
      progress.leftSeconds += duration
    }
    for (const [key, progress] of this.#loadouts) progress.stretch = stretchOf(past, key)
  }

  apply(entry: JournalEntry): void {
    const now = Date.parse(entry.time)
    switch (entry.type) {
      case 'run_started':
        for (const loadout of entry.loadouts) this.#progress(loadout)
        break
      case 'run_resumed':
        this.#resume(entry)
        break
      case 'totals':
        if (entry.total > (this.#total ?? 0)) this.#shown = null
        for (const loadout of entry.loadouts ?? []) this.#counted.add(loadoutKey(loadout))
        // What is known of some loadouts says nothing of the others.
        this.#total =
          entry.loadouts === undefined || this.#counted.size >= this.#loadouts.size
            ? entry.total
            : null
        break
      case 'loadout_starting':
        this.#enter(entry, 'starting', now)
        break
      case 'loadout_ready':
        this.#setups.push(entry.setup_time)
        this.#enter(entry, 'running', now)
        break
      case 'loadout_failed':
      case 'service_restarted':
        this.#shown = null
        break
      case 'loadout_stopped':
        this.#cleanups.push(entry.cleanup_time)
        this.#enter(entry, 'over', now)
        break
      case 'scenario_started':
        this.#running = entry.id
        break
      case 'scenario_ended':
        this.#end(entry, now)
        break
      case 'cancelled':
      case 'run_ended':
        this.#over = true
        break
      case 'cause_found':
      case 'console':
      case 'domain_started':
      case 'error':
      case 'file_ended':
      case 'file_loading':
      case 'gate_checked':
      case 'machine_known':
      case 'memory_foreseen':
      case 'memory_measured':
      case 'model_loading':
      case 'model_warming':
      case 'model_ready':
      case 'note':
      case 'repeats_summarised':
      case 'sample':
      case 'service_exited':
      case 'service_kept':
      case 'service_spawned':
      case 'vram_leak':
        break
    }
  }

  remaining(now: number): number | null {
    const seconds = this.#over ? null : this.#compute(now)
    if (seconds === null) return null
    this.#shown = this.#shown === null ? seconds : Math.min(this.#shown, seconds)
    // What no earlier run had may take any time: others were no measure for it.
    const isNew = this.#running !== null && this.#past?.scenarios.has(this.#running) !== true
    return isNew && this.#shown < 1 && this.overrun(now) >= 1 ? null : this.#shown
  }

  overrun(now: number): number {
    if (this.#over) return 0
    if (this.#running !== null) return Math.max(0, this.#sinceLatest(now) - this.#expected())
    const seconds = [...this.#loadouts].map(([key, { phase, since }]) => {
      const setup = this.#past?.loadouts.get(key)?.setup ?? null
      return phase !== 'starting' || setup === null ? 0 : (now - since) / 1_000 - setup
    })
    return Math.max(0, ...seconds)
  }

  #compute(now: number): number | null {
    if (this.#past === null && this.#done === 0) return null
    const expected = this.#total === null ? null : Math.max(0, this.#total - this.#done)
    let [known, knownSeconds, around] = [0, 0, 0]
    for (const [key, progress] of this.#loadouts) {
      if (progress.phase === 'over') continue
      known += progress.left
      knownSeconds += progress.leftSeconds * progress.stretch
      around += this.#aroundSeconds(key, progress, now)
    }
    if (expected === null) return known === 0 ? null : knownSeconds + around - this.#elapsed(now)
    // A part of the plan runs: not all that earlier runs had comes again.
    if (known > expected) knownSeconds *= expected / known
    // What is new takes what this run has shown, at first what the others took.
    const each = this.#done === 0 && known > 0 ? knownSeconds / known : this.#each()
    if (expected > known && known + this.#done === 0) return null
    const unknown = Math.max(0, expected - known) * each
    // Of what comes after the last result, what has passed since then is over.
    if (expected === 0) return Math.max(0, around - this.#sinceLatest(now))
    return Math.max(0, knownSeconds + unknown - this.#elapsed(now)) + around
  }

  /** Setup and cleanup of a loadout that are still to come. */
  #aroundSeconds(key: string, { phase, since }: LoadoutProgress, now: number): number {
    const past = this.#past?.loadouts.get(key)
    const setup = past?.setup ?? mean(this.#setups)
    const cleanup = past?.cleanup ?? mean(this.#cleanups)
    if (phase === 'waiting') return setup + cleanup
    if (phase === 'starting') return Math.max(0, setup - (now - since) / 1_000) + cleanup
    return cleanup
  }

  /** How much of the scenario that runs is behind us; no more than it was expected to take. */
  #elapsed(now: number): number {
    return Math.min(this.#expected(), this.#sinceLatest(now))
  }

  /** Seconds since the last result, or since its loadout was ready; 0 where none runs. */
  #sinceLatest(now: number): number {
    const running = [...this.#loadouts.values()].filter(({ phase }) => phase === 'running')
    const latest = Math.max(0, ...running.map(({ last }) => last))
    return latest === 0 ? 0 : Math.max(0, (now - latest) / 1_000)
  }

  /** Seconds of the clock that the scenario which runs was expected to take. */
  #expected(): number {
    const past = this.#running === null ? undefined : this.#past?.scenarios.get(this.#running)
    if (past === undefined) return this.#each()
    return past.duration * (this.#loadouts.get(past.loadout)?.stretch ?? 1)
  }

  /** Seconds of the clock for each result of this run. */
  #each(): number {
    return this.#done === 0 ? 0 : this.#spent / this.#done
  }

  #end({ result }: EventOf<'scenario_ended'>, now: number): void {
    const progress = this.#progress(result)
    const past = this.#past?.scenarios.get(result.id)
    const spent = Math.max(0, now - progress.last) / 1_000
    const expected = past === undefined ? this.#each() : past.duration * progress.stretch
    if (spent > expected) this.#shown = null
    // Before a loadout is ready its results are refusals, which say nothing of the others.
    if (progress.last > 0) this.#spent += spent
    progress.last = now
    this.#done += 1
    this.#running = null
    this.#doneBefore?.add(result.id)
    if (!this.#left.delete(result.id) || past === undefined) return
    progress.left -= 1
    progress.leftSeconds = Math.max(0, progress.leftSeconds - past.duration)
  }

  /** What is to come again is not done; what is not loaded again is over. */
  #resume({ loadouts, kept, again }: EventOf<'run_resumed'>): void {
    this.#over = false
    this.#done = kept
    this.#shown = null
    this.#running = null
    for (const { rows, ...file } of again) {
      const progress = this.#progress(file)
      for (const { id } of rows) {
        this.#doneBefore?.delete(id)
        const past = this.#past?.scenarios.get(id)
        if (past === undefined || this.#left.has(id)) continue
        this.#left.add(id)
        progress.left += 1
        progress.leftSeconds += past.duration
      }
    }
    const coming = new Set(loadouts.map((each) => loadoutKey(each)))
    for (const [key, progress] of this.#loadouts) {
      const phase = coming.has(key) ? 'waiting' : 'over'
      Object.assign(progress, { phase, since: 0, last: 0 })
    }
  }

  #enter(
    name: { domain: string; loadout: string },
    phase: LoadoutProgress['phase'],
    now: number,
  ): void {
    const progress = this.#progress(name)
    const setup = this.#past?.loadouts.get(loadoutKey(name))?.setup ?? mean(this.#setups)
    if (phase === 'running' && (now - progress.since) / 1_000 > setup) this.#shown = null
    Object.assign(progress, { phase, since: now, last: now })
  }

  #progress(name: { domain: string; loadout: string }): LoadoutProgress {
    const key = loadoutKey(name)
    const known = this.#loadouts.get(key)
    if (known !== undefined) return known
    const counted = { left: 0, leftSeconds: 0, stretch: stretchOf(this.#past, key) }
    const progress: LoadoutProgress = { phase: 'waiting', since: 0, last: 0, ...counted }
    this.#loadouts.set(key, progress)
    return progress
  }
}

function mean(values: readonly number[]): number {
  if (values.length === 0) return 0
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** What the clock of an earlier run showed for each second of its scenarios; 1 where it does not tell. */
function stretchOf(past: PastTimes | null, key: string): number {
  const run = past?.loadouts.get(key)?.run ?? null
  if (past === null || run === null) return 1
  let sum = 0
  for (const { loadout, duration } of past.scenarios.values()) if (loadout === key) sum += duration
  return sum > 0 ? Math.max(1, run / sum) : 1
}
