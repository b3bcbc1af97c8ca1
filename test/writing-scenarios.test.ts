import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createProject } from './support/project.ts'
import { run } from './support/run.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))
const GREETING = /^A scenario, `scenarios\/llm\/greeting\.scenario\.ts`:\n\n```ts\n([^]*?)^```$/mu
const FILE = /^```(?:ts|yaml)\n(?:\/\/|#) (\S+)\n([^]*?)^```$/gmu

test('the examples of README.md, docs/writing-scenarios.md and docs/speech.md run and pass as they are', async () => {
  const pages = ['writing-scenarios.md', 'speech.md']
  const guide = pages.map((name) => readFileSync(join(repository, 'docs', name), 'utf8')).join('\n')
  const examples = [...guide.matchAll(FILE)].map(([, path = '', text = '']) => ({ path, text }))
  const [, greeting = ''] = GREETING.exec(readFileSync(join(repository, 'README.md'), 'utf8'))!
  examples.push({ path: 'scenarios/llm/greeting.scenario.ts', text: greeting })
  const project = createProject('plain')
  for (const { path, text } of examples) {
    mkdirSync(dirname(join(project.root, path)), { recursive: true })
    writeFileSync(join(project.root, path), text)
  }
  for (const media of ['scenarios/stt/media', 'scenarios/vlm/media']) {
    cpSync(join(repository, media), join(project.root, media), { recursive: true })
  }
  const { code, output, session } = await run(project)
  expect(code, output).toBe(0)

  const rows = ['llm', 'vlm', 'stt', 'tts', 'sts'].flatMap((domain) => session!.results(domain))
  const ran = new Set(rows.map(({ file }) => file))
  const written = examples.map(({ path }) => path).filter((path) => path.startsWith('scenarios/'))
  expect(written.filter((path) => !ran.has(path))).toEqual([])

  const rowOf = (name: string) => rows.find((row) => row.name === name)
  expect(rowOf('fox')?.metrics).toMatchObject({ wer: 0, wer_counts: [0, 0, 0, 9] })
  expect(rowOf('tools')?.output_text).toBe('get_weather({"city":"Paris"})')
  expect(rowOf('polite')?.measures).toEqual({
    answer_length: { title: 'Length', unit: 'chars', better: 'lower' },
  })
  expect(rowOf('understood')?.metrics).toMatchObject({ tts_wer: 0, recogniser: 'sim://whisper' })
  expect(rowOf('answers')?.attachments.map(({ name }) => name)).toContain('answer.wav')
  const summaries = session!.eventsOf('repeats_summarised')
  expect(summaries.map(({ name, n, passed }) => [name, n, passed])).toEqual([
    ['steady', 5, 5],
    ['steady', 5, 5],
  ])
  expect(summaries[0]?.duration?.interval?.level).toBe(0.95)
})
