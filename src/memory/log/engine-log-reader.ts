import { stripVTControlCharacters } from 'node:util'
import { fitRules } from './fit-rules.ts'
import { llamacppRules } from './llamacpp-rules.ts'
import { LoadDraft } from './load-draft.ts'
import { ollamaRules } from './ollama-rules.ts'
import type { Loads, Rule } from './rules.ts'
import type { LogEngine, LogLoad } from './types.ts'
import { vllmRules } from './vllm-rules.ts'

/** Longer lines say nothing of memory at their end. */
const LONGEST_LINE = 4_096
/** Loads of one log that are kept; the newest always is. */
const MOST_LOADS = 200
/** Models that one router runs. */
const MOST_STREAMS = 64
/** `[34353] ` before what a server says that a router of llama.cpp has started. */
const ROUTED = /^\[ *(\d{2,5})\] /
/** Ollama's own lines, whatever stands before them. */
const OLLAMA = /\btime=\S+ level=[A-Z]+ source=\S+\.go:\d+ /

const RULES: readonly Rule[] = [...ollamaRules, ...vllmRules, ...fitRules, ...llamacppRules]

type Common = Parameters<Loads['common']>[0]

/**
 * Reads the log of an engine, line by line, for what it says of memory: llama.cpp, Ollama and vLLM, in the wordings of
 * 2023 to today. Whatever a log holds, a line is read or passed over.
 */
export class EngineLogReader {
  readonly #streams = new Map<string, Stream>()
  #engine: LogEngine = 'llamacpp'
  #common: Common = {}

  line(text: string): void {
    const short = text.length > LONGEST_LINE ? text.slice(0, LONGEST_LINE) : text
    const line = short.includes('\u{1b}') ? stripVTControlCharacters(short) : short
    if (this.#engine !== 'ollama' && OLLAMA.test(line)) this.#engine = 'ollama'
    const rule = RULES.find(({ has, pattern }) => line.includes(has) && pattern.test(line))
    if (rule === undefined) return
    const stream = this.#streamOf(ROUTED.exec(line)?.[1] ?? '')
    if (stream !== null) rule.read(rule.pattern.exec(line)!, stream, line)
  }

  /** Every load that the log tells of, oldest first. */
  loads(): LogLoad[] {
    return [...this.#streams.values()]
      .flatMap((stream) => stream.finished())
      .map((load) => {
        const { version, slots, kvType } = this.#common
        return {
          ...load,
          version: load.version ?? version ?? null,
          slots: load.slots ?? slots ?? null,
          kvTypes: load.kvTypes ?? (kvType === undefined ? null : { k: kvType, v: kvType }),
        }
      })
  }

  #streamOf(name: string): Stream | null {
    const found = this.#streams.get(name)
    if (found !== undefined) return found
    if (this.#streams.size >= MOST_STREAMS) return null
    const stream = new Stream(
      () => this.#engine,
      (facts) => Object.assign(this.#common, facts),
    )
    this.#streams.set(name, stream)
    return stream
  }
}

/** The loads that one server tells of. */
class Stream implements Loads {
  now: LoadDraft
  readonly common: Loads['common']
  readonly #engine: () => LogEngine
  readonly #done: LogLoad[] = []

  constructor(engine: () => LogEngine, common: Loads['common']) {
    this.#engine = engine
    this.common = common
    this.now = new LoadDraft(engine())
  }

  begin(): LoadDraft {
    this.#keep()
    this.now = new LoadDraft(this.#engine())
    return this.now
  }

  finished(): LogLoad[] {
    return isTold(this.now) ? [...this.#done, this.#finish(this.now)] : [...this.#done]
  }

  #keep(): void {
    if (!isTold(this.now)) return
    if (this.#done.length >= MOST_LOADS) this.#done.shift()
    this.#done.push(this.#finish(this.now))
  }

  #finish(draft: LoadDraft): LogLoad {
    if (draft.engine !== 'vllm') draft.engine = this.#engine()
    return draft.finished()
  }
}

function isTold(draft: LoadDraft): boolean {
  return !draft.isDry && !draft.isEmpty
}

/** The loads that the text of a log tells of, oldest first. */
export function readLogText(text: string): LogLoad[] {
  const reader = new EngineLogReader()
  for (const line of text.split(/\r?\n/)) reader.line(line)
  return reader.loads()
}
