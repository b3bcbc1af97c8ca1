import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ExchangedReply, ScenarioResult } from '../../events/index.ts'
import { compareLines } from '../../cli/history/compare-lines.ts'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { STORY_LOADOUTS, storyResult } from '../../../test/support/story-results.ts'
import { readSide } from './cases.ts'
import { compare } from './compare.ts'
import { comparisonPage } from './html.ts'
import { readChangedTexts } from './replies.ts'
import { countsLine, isWorse, sectionsOf } from './sections.ts'

const LLM = STORY_LOADOUTS[0]!

/** A reply to a request, by names that stand for their digests. */
function reply(request: string, answer: string, temperature: number | null = 0): ExchangedReply {
  return { request, reply: answer, temperature, seed: 0 }
}

/** A scenario that was answered with these texts, one for each request. */
function answered(name: string, ...texts: string[]): ScenarioResult {
  const replies = texts.map((text, index) => reply(`${name} ${index}`, `digest of ${text}`))
  return storyResult(LLM, name, { output_text: texts.join('\n'), replies })
}

async function compared(before: ScenarioResult[], after: ScenarioResult[]) {
  const [a, b] = [before, after].map((results) => {
    const directory = temporaryFolder()
    writeFileSync(join(directory, 'llm.json'), JSON.stringify(results))
    return directory
  }) as [string, string]
  const comparison = compare(await readSide(a), await readSide(b))
  await readChangedTexts(comparison.replies!, { a, b })
  return comparison
}

const look = { columns: 100, all: false, colors: false }

test('five changed replies at temperature 0 are told and counted, old and new below each other', async () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const comparison = await compared(
    [...names, 'same'].map((name) => answered(name, `The answer is ${name}.`)),
    [
      ...names.map((name) => answered(name, `It is ${name}!`)),
      answered('same', 'The answer is same.'),
    ],
  )
  expect(countsLine(comparison)).toBe('5 replies changed at temperature 0, 6 passing as before')
  expect(isWorse(comparison)).toBe(false)
  expect(comparison.replies).toMatchObject({ compared: 6, unsteady: [] })
  expect(comparison.replies!.changed[0]).toEqual({
    key: 'llm|ollama://qwen2.5:0.5b|a|a',
    domain: 'llm',
    loadout: 'ollama://qwen2.5:0.5b',
    name: 'a',
    index: 0,
    request: 'a 0',
    temperature: 0,
    seed: 0,
    a: { replies: ['digest of The answer is a.'], text: 'The answer is a.' },
    b: { replies: ['digest of It is a!'], text: 'It is a!' },
  })
  const lines = compareLines(comparison, look)
  const start = lines.findIndex((line) => line.startsWith('Replies changed'))
  expect(lines.slice(start, start + 5)).toEqual([
    'Replies changed at temperature 0 (5)',
    '  a  llm ollama://qwen2.5:0.5b',
    '    A  The answer is a.',
    '    B  It is a!',
    '  b  llm ollama://qwen2.5:0.5b',
  ])
  const page = comparisonPage(comparison)
  expect(page).toContain('<p>A  The answer is a.</p><p>B  It is a!</p>')
})

test('only answers to the same request with the same temperature and seed are compared', async () => {
  const text = (name: string, one: ExchangedReply, changes: Partial<ScenarioResult> = {}) =>
    storyResult(LLM, name, { output_text: one.reply, replies: [one], ...changes })
  const comparison = await compared(
    [
      text('another request', reply('x', 'old')),
      text('another seed', { ...reply('x', 'old'), seed: 1 }),
      text('a draw', { ...reply('x', 'old', 0.7), seed: null }),
      text('a draw with a seed', reply('x', 'old', 0.7)),
      text('refused', reply('x', 'old'), { dropped_parameters: ['temperature'] }),
      text('both refused', reply('x', 'old'), { dropped_parameters: ['temperature'] }),
      storyResult(LLM, 'of an older version', { output_text: 'old' }),
    ],
    [
      text('another request', reply('y', 'new')),
      text('another seed', reply('x', 'new')),
      text('a draw', { ...reply('x', 'new', 0.7), seed: null }),
      text('a draw with a seed', reply('x', 'new', 0.7)),
      text('refused', reply('x', 'new')),
      text('both refused', reply('x', 'new'), { dropped_parameters: ['temperature'] }),
      storyResult(LLM, 'of an older version', { output_text: 'new' }),
    ],
  )
  expect(comparison.replies!.compared).toBe(2)
  expect(sectionsOf(comparison).map(({ count, entries }) => [count, entries[0]!.name])).toEqual([
    ['1 reply changed at a higher temperature and the same seed', 'a draw with a seed'],
    ['1 reply changed at a temperature that is not known', 'both refused'],
  ])
})

test('a reply that differs from one repeat to the next has not changed where an old answer comes again', async () => {
  const repeats = (name: string, ...texts: string[]) =>
    texts.map((text, repeat) => {
      return storyResult(LLM, name, { repeat, output_text: text, replies: [reply(name, text)] })
    })
  const comparison = await compared(
    [
      ...repeats('unsteady', 'x', 'y'),
      ...repeats('all new', 'x', 'y'),
      ...repeats('now unsteady', 'x', 'x'),
    ],
    [
      ...repeats('unsteady', 'y', 'z'),
      ...repeats('all new', 'u', 'v'),
      ...repeats('now unsteady', 'x', 'y'),
    ],
  )
  const { changed, unsteady } = comparison.replies!
  expect(unsteady.map(({ name }) => name)).toEqual(['unsteady'])
  expect(changed.map(({ name, a, b }) => [name, a.text, b.text])).toEqual([
    ['all new', 'x', 'u'],
    ['now unsteady', 'x', 'y'],
  ])
  expect(countsLine(comparison)).toContain('1 reply that differs within one of the runs')
})

test('of a conversation the first reply that changed is told, with the place where it does', async () => {
  const start = 'The same beginning, which is longer than anybody wants to read twice. '
  const comparison = await compared(
    [answered('talk', 'Hello', `${start}Yes.`)],
    [answered('talk', 'Hello', `${start}No.`)],
  )
  const [section] = sectionsOf(comparison)
  expect(section!.entries).toEqual([
    {
      name: 'talk, request 2',
      domain: 'llm',
      loadout: 'ollama://qwen2.5:0.5b',
      details: ['A  …dy wants to read twice. Yes.', 'B  …dy wants to read twice. No.'],
    },
  ])
})
