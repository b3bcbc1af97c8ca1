// @module-tag long
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'
import { createProject } from './support/project.ts'
import { messageOf, startStrokes, statusesOf } from './support/strokes.ts'

// The kernel counts what it ends for the whole machine: by itself, so that no other test is told of it.
test('a worker that dies as the machine had no memory left is told so', async ({
  expect,
  skip,
  onTestFinished,
}) => {
  const group = memoryGroup(200_000_000)
  skip(group === null, 'no control group with a limit of memory may be made here')
  const project = createProject('strokes', onTestFinished)
  const env = { GROUP: group! }
  const { session } = await startStrokes(project, ['fills_the_machine'], { env }).ended()
  rmdirSync(group!)
  expect(statusesOf(session)).toEqual([
    'fills_the_machine > has passed: PASSED',
    'fills_the_machine > takes all the memory of its control group: FAILED',
    'fills_the_machine > comes after: INTERRUPTED',
  ])
  const name = 'fills_the_machine > takes all the memory of its control group'
  expect(messageOf(session, name)).toContain(
    'most likely by the kernel, which has ended a process as no memory was left',
  )
})

/** A control group of its own with so many bytes; null where none may be made. */
function memoryGroup(bytes: number): string | null {
  for (const [root, limit] of [
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
    ['/sys/fs/cgroup', 'memory.max'],
  ] as const) {
    try {
      const group = join(root, `jarvis-test-${process.pid}`)
      mkdirSync(group)
      writeFileSync(join(group, limit), String(bytes))
      return group
    } catch {
      // Another kind, or none.
    }
  }
  return null
}
