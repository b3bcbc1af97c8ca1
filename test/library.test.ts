import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const FOLDER = fileURLToPath(new URL('../scenarios', import.meta.url))
const MAX_MEDIA_BYTES = 2_000_000

const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
const scenarios = files.filter((file) => file.endsWith('.scenario.ts'))

/** What older plans name. */
const OLDER = {
  llm: ['english_std', 'polish_explicit', 'short2long', 'long2short'],
  vlm: ['jarvis_logo', 'three_objects', 'bunny', 'traffic'],
  stt: ['english_std', 'polish_std', 'french_std', 'chinese_std'],
  tts: ['standard', 'polish', 'french', 'chinese', 'implicit_excited', 'explicit_excited'],
  sts: ['english_std', 'polish_explicit', 'short2long', 'long2short'],
}

test('every scenario begins with a line that explains it', () => {
  const first = scenarios.map((file) => {
    const [line = ''] = readFileSync(join(FOLDER, file), 'utf8').split('\n')
    return { file, isExplained: /^\/\/ .{20,}\.$/.test(line) }
  })
  expect(first.filter(({ isExplained }) => !isExplained)).toEqual([])
  expect(first.length).toBeGreaterThan(45)
})

test.for(Object.entries(OLDER))(
  'the scenarios of %s that older plans name are there',
  ([domain, stems]) => {
    const there = scenarios
      .filter((file) => file.startsWith(domain))
      .map((file) => basename(file, '.scenario.ts'))
    expect(there).toEqual(expect.arrayContaining(stems))
  },
)

test('the media of all scenarios are small enough for a repository', () => {
  const media = files.filter((file) => /\.(?:wav|png)$/.test(file))
  const bytes = media.reduce((sum, file) => sum + statSync(join(FOLDER, file)).size, 0)
  expect(media.length).toBeGreaterThan(20)
  expect(bytes).toBeLessThan(MAX_MEDIA_BYTES)
})
