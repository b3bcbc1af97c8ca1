import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const source = fileURLToPath(new URL('young-generation.ts', import.meta.url))

/** Fills the heap of a process, and that of a thread of it, and tells the sizes of their young generations in MB. */
const PROGRAM = `
import { isMainThread, Worker } from 'node:worker_threads'
import { getHeapSpaceStatistics } from 'node:v8'
const fill = () => {
  let kept = []
  for (let i = 0; i < 3e6; i += 1) {
    kept.push({ i })
    if (kept.length > 1e5) kept = []
  }
  const space = getHeapSpaceStatistics().find((one) => one.space_name === 'new_space')
  return Math.round(space.space_size / 1e6)
}
if (isMainThread && process.argv[1] === 'small') {
  const { keepYoungGenerationSmall } = await import(process.argv[2])
  keepYoungGenerationSmall()
}
console.log(fill())
if (isMainThread) new Worker(new URL('data:text/javascript,' + encodeURIComponent(process.argv[3])))
`

function sizes(mode: 'small' | 'as it is', ...options: string[]): { main: number; thread: number } {
  const args = ['--input-type=module', '-e', PROGRAM, '--', mode, source, PROGRAM]
  const printed = execFileSync(process.execPath, [...options, ...args], { encoding: 'utf8' })
  const [main = 0, thread = 0] = printed.trim().split('\n').map(Number)
  return { main, thread }
}

test('the young generation of the process stays as it is, and threads have room', () => {
  const free = sizes('as it is')
  const kept = sizes('small')
  expect(free.main).toBeGreaterThan(8)
  expect(kept.main).toBeLessThan(8)
  expect(kept.thread).toBeGreaterThan(8)
})

test('who has chosen a size keeps it', () => {
  expect(sizes('small', '--semi-space-growth-factor=2').main).toBeGreaterThan(8)
})
