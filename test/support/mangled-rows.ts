import type { ScenarioResult } from '../../src/events/index.ts'
import { STORY_LOADOUTS, storyResult } from './story-results.ts'

type Path = readonly (string | number)[]

/** What may stand in the place of anything else. */
const STRANGERS: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  '',
  'text',
  [],
  [null],
  ['text'],
  [[]],
  {},
  { file: 5 },
  { length: {} },
  undefined,
]

/** A result in which everything that a result may hold is there. */
const whole: ScenarioResult = {
  ...storyResult(STORY_LOADOUTS[0]!, 'chat > answers'),
  status: 'FAILED',
  metrics: { e2el: 1.5, tokens_source: 'usage', itl: [0.02, 0.03], ttft: null, politeness: 3 },
  measures: { politeness: { title: 'Politeness', unit: '1', better: 'higher' } },
  input_text: 'Say hello.',
  output_text: 'Hello.',
  input_file: 'attachments/question.wav',
  output_file: 'attachments/answer.wav',
  attachments: [{ name: 'answer', type: 'audio/wav', file: 'attachments/answer.wav' }],
  errors: [{ message: 'expected', stack: 'at x (y:1:2)', expected: 'a', actual: 'b' }],
  logs: [{ service: 'ollama', file: 'svc_llm_x_20260216_231205.log', from: 0, to: 10 }],
  flags: ['cold'],
  cause: 'service-down',
}

/** A result with each of its parts, down to the members of its lists, replaced by each kind of stranger or left out. */
export function mangledRows(): Record<string, unknown>[] {
  const rows = pathsOf(whole).flatMap((path) => STRANGERS.map((one) => replaced(whole, path, one)))
  return rows.map((row) => JSON.parse(JSON.stringify(row)) as Record<string, unknown>)
}

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const names = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  const inner = names.flatMap((name) =>
    pathsOf((value as Record<string | number, unknown>)[name], [...path, name]),
  )
  return path.length === 0 ? inner : [path, ...inner]
}

function replaced(value: unknown, [first, ...rest]: Path, stranger: unknown): unknown {
  if (first === undefined) return stranger
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >
  copy[first] = replaced(copy[first], rest, stranger)
  return copy
}
