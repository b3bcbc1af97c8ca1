import { expect, test } from 'vitest'
import { changesSince, type PresentFacts } from './changes.ts'
import type { RecordedFacts } from './recorded-facts.ts'

const FILE = 'scenarios/llm/chat.scenario.ts'
const recorded: RecordedFacts = {
  planSha256: 'aa',
  servicesSha256: 'bb',
  scenarios: { [FILE]: '11', 'scenarios/llm/other.scenario.ts': '22' },
  engines: { ollama: '0.14.2', vllm: '0.11.0 (vllm/vllm-openai:latest)', docker: '28' },
}
const run = { plan: { file: 'plans/a.yaml' }, files: new Set([FILE]), told: { vllm: '0.11.0' } }
const present: PresentFacts = {
  plan: { file: 'plans/a.yaml', sha256: 'aa', servicesSha256: 'bb' },
  files: [FILE],
  scenarios: { [FILE]: '11', 'scenarios/llm/other.scenario.ts': '33' },
  engines: { ollama: '0.14.2', vllm: '0.11.1', docker: null },
}

test('what is as it was is no change: neither is a file that the plan leaves out, nor a version that a service tells in other words', () => {
  expect(changesSince(recorded, run, present)).toEqual([])
})

test('each thing that has changed is told', () => {
  const added = 'scenarios/llm/new.scenario.ts'
  const now: PresentFacts = {
    plan: { file: 'plans/b.yaml', sha256: 'ab', servicesSha256: null },
    files: ['scenarios/llm/other.scenario.ts', added],
    scenarios: { 'scenarios/llm/other.scenario.ts': '33', [added]: '44' },
    engines: { ollama: '0.15.0' },
  }
  expect(changesSince(recorded, run, now)).toEqual([
    'It ran the plan plans/a.yaml, and this is plans/b.yaml',
    'The services.yaml beside plans/b.yaml has another text',
    'scenarios/llm/other.scenario.ts has another text',
    'scenarios/llm/new.scenario.ts is new',
    'scenarios/llm/chat.scenario.ts is not there any more',
    'ollama was 0.14.2 and is 0.15.0',
  ])
})

test('a session that does not tell which plan it ran cannot be compared, and one of before is not held to what it does not tell', () => {
  const old = { planSha256: 'aa', servicesSha256: null, scenarios: {}, engines: {} }
  expect(changesSince(old, run, present)).toEqual([])
  expect(changesSince({ ...old, planSha256: null }, run, present)).toEqual([
    'Nothing tells which plan it ran',
  ])
})
