import { isObject } from '../../report/session/json-values.ts'

type Row = Record<string, unknown>

/** A scenario of the Python runner as a file of ours would have it. */
export interface ScenarioText {
  path: string
  text: string
  /** What of it has no like here, for the reader to decide. */
  left: string[]
}

/** Whether a value of a YAML file is scenarios of the Python runner: names with turns. */
export function isScenarios(value: unknown): value is Record<string, Row> {
  return (
    isObject(value) &&
    Object.values(value).some((one) => isObject(one) && Array.isArray(one['turns']))
  )
}

/** What to write instead of scenarios whose turns say what to send and what to expect, one file for each. */
export function scenarioTexts(scenarios: Record<string, Row>): ScenarioText[] {
  return Object.entries(scenarios).flatMap(([name, scenario]) => {
    const turns = Array.isArray(scenario['turns']) ? scenario['turns'].filter(isObject) : []
    return turns.length === 0 ? [] : [scenarioText(name, scenario, turns)]
  })
}

function scenarioText(name: string, scenario: Row, turns: readonly Row[]): ScenarioText {
  const fixtures = new Set<string>()
  const left = new Set<string>()
  const lines = turns.flatMap((turn, index) => turnLines(turn, index, fixtures, left))
  for (const key of Object.keys(scenario)) {
    if (key !== 'turns' && key !== 'description' && key !== 'name') left.add(key)
  }
  const stem = name.replaceAll(/[^\w./-]/g, '_')
  const [first = 'llm'] = fixtures
  const description = scenario['description']
  const text = [
    ...(typeof description === 'string' ? [`// ${description.replaceAll(/\s+/g, ' ')}`] : []),
    `import { expect, test } from 'jarvis/scenario'`,
    '',
    `test(${quoted(stem.split('/').at(-1) ?? stem)}, async ({ ${[...fixtures].join(', ')} }) => {`,
    ...lines.map((line) => `  ${line}`),
    '})',
    '',
  ].join('\n')
  return { path: `scenarios/${first}/${stem}.scenario.ts`, text, left: [...left] }
}

function turnLines(turn: Row, index: number, fixtures: Set<string>, left: Set<string>): string[] {
  const reply = index === 0 ? 'reply' : `reply${index + 1}`
  const { call, heard } = requestOf(turn, fixtures)
  const expected = Array.isArray(turn['expect']) ? turn['expect'].filter(isObject) : []
  const checks = expected.flatMap(({ type, content }) => {
    if (typeof content !== 'string') return []
    // A log was what speech-to-text had heard, everything else what came back.
    const said = type === 'log' && heard ? `${reply}.heard` : `${reply}.text`
    return [`expect(${said}).toContain(${quoted(content)})`]
  })
  for (const key of Object.keys(turn)) {
    if (!['send', 'send_binary', 'expect'].includes(key)) left.add(`turns.${key}`)
  }
  const isChecked = checks.length > 0
  return [
    `const ${reply} = await ${call}`,
    ...(isChecked ? checks : [`expect(${reply}.text).not.toBe('')`]),
  ]
}

function requestOf(turn: Row, fixtures: Set<string>): { call: string; heard: boolean } {
  const audio = turn['send_binary']
  if (typeof audio === 'string') {
    fixtures.add('sts')
    return { call: `sts.converse(${quoted(audio)})`, heard: true }
  }
  const send: Row = isObject(turn['send']) ? turn['send'] : { content: turn['send'] }
  const content = quoted(typeof send['content'] === 'string' ? send['content'] : '')
  if (typeof send['media'] === 'string') {
    fixtures.add('vlm')
    return { call: `vlm.ask(${quoted(send['media'])}, ${content})`, heard: false }
  }
  fixtures.add('llm')
  return { call: `llm.chat(${content})`, heard: false }
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
