import { describe, expect, test } from 'vitest'
import { endProcesses, type ProcessSystem } from './end-processes.ts'
import { isYounger } from './own-program.ts'
import type { ProcessEntry } from './process-table.ts'
import { comparable, namesOf } from './purge.ts'

interface StandIn {
  pid: number
  parent: number
  group?: number
  tagged?: boolean
  /** What it does of itself when it is asked to end. */
  onTerm?: 'ends' | 'stays'
}

/** A stand-in for a system of processes: what it does to them is a table that ends rows. */
function systemOf(platform: NodeJS.Platform, processes: readonly StandIn[]) {
  const alive = new Map(processes.map((one) => [one.pid, one]))
  const calls: string[] = []
  const treeBelow = (pid: number): number[] => [
    pid,
    ...[...alive.values()]
      .filter(({ parent }) => parent === pid)
      .flatMap((one) => treeBelow(one.pid)),
  ]
  const entryOf = ({ pid, parent, group = pid, tagged = false }: StandIn): ProcessEntry => {
    return { pid, parent, group, session: group, tagged }
  }
  const system: ProcessSystem = {
    platform,
    table: (tags) => {
      if (platform === 'win32') throw new Error('Windows tells neither groups nor environments')
      return [...alive.values()].map((one) => {
        return { ...entryOf(one), tagged: tags.length > 0 && one.tagged === true }
      })
    },
    startTimeOf: (pid) => (alive.has(pid) ? `began-${pid}` : null),
    signal: (pid, name) => {
      if (platform === 'win32') throw new Error('Windows has no signals')
      calls.push(`${name} ${pid}`)
      if (name === 'SIGKILL' || alive.get(pid)?.onTerm !== 'stays') alive.delete(pid)
    },
    endTree: async (pid) => {
      calls.push(`taskkill ${pid}`)
      // As taskkill does: without its root a tree is not found.
      if (alive.has(pid)) for (const one of treeBelow(pid)) alive.delete(one)
    },
  }
  return { system, calls, left: () => [...alive.keys()] }
}

const leader = (pid: number, grace = 0) => ({ pid, start: `began-${pid}`, grace })

/** A service with a worker and what that has started, beside somebody else's program. */
const SERVICE: StandIn[] = [
  { pid: 100, parent: 1 },
  { pid: 101, parent: 100, group: 100 },
  { pid: 102, parent: 101 },
  { pid: 900, parent: 1 },
]

describe('on Windows', () => {
  test('a service ends by its tree while its root lives', async () => {
    const { system, calls, left } = systemOf('win32', SERVICE)
    expect(await endProcesses({ leaders: [leader(100)], tags: ['A=1'] }, system)).toEqual([])
    expect(calls).toEqual(['taskkill 100'])
    expect(left()).toEqual([900])
  })

  test('nothing is ended for a root that is gone, and nothing whose number was given to another process', async () => {
    const { system, calls, left } = systemOf('win32', SERVICE.slice(1))
    const reused = { ...leader(900), start: 'began-before' }
    const unknown = { ...leader(101), start: null }
    const leaders = [leader(100), reused, unknown]
    expect(await endProcesses({ leaders, orphanedGroups: true }, system)).toEqual([])
    expect(calls).toEqual([])
    expect(left()).toEqual([101, 102, 900])
  })

  test('what taskkill could not end is told', async () => {
    const { system } = systemOf('win32', SERVICE)
    const denied = { ...system, endTree: () => Promise.resolve() }
    expect(await endProcesses({ leaders: [leader(100)] }, denied)).toEqual([
      { pid: 100, start: 'began-100' },
    ])
  })
})

describe.each(['darwin', 'linux'] as const)('on %s', (platform) => {
  test('a service ends by its group, its descendants and its tag, politely first', async () => {
    const { system, calls, left } = systemOf(platform, [
      ...SERVICE,
      { pid: 103, parent: 1, group: 100 },
      { pid: 104, parent: 1, tagged: true },
    ])
    expect(await endProcesses({ leaders: [leader(100)], tags: ['A=1'] }, system)).toEqual([])
    expect(calls.toSorted()).toEqual([100, 101, 102, 103, 104].map((pid) => `SIGTERM ${pid}`))
    expect(left()).toEqual([900])
  })

  test('who stays is killed when its grace is over, also where its root is gone by then', async () => {
    const { system, calls, left } = systemOf(platform, [
      { pid: 100, parent: 1 },
      { pid: 101, parent: 100, group: 100, onTerm: 'stays' },
      { pid: 900, parent: 1 },
    ])
    expect(await endProcesses({ leaders: [leader(100)] }, system)).toEqual([])
    expect(calls.filter((call) => call !== 'SIGTERM 101')).toEqual(['SIGTERM 100', 'SIGKILL 101'])
    expect(left()).toEqual([900])
  })

  test('what is left of a group is ended where its root was alive moments ago, and then alone', async () => {
    const orphans = [
      { pid: 101, parent: 1, group: 100 },
      { pid: 900, parent: 1 },
    ]
    const later = systemOf(platform, orphans)
    expect(await endProcesses({ leaders: [leader(100)] }, later.system)).toEqual([])
    expect(later.calls).toEqual([])
    const atOnce = systemOf(platform, orphans)
    await endProcesses({ leaders: [leader(100)], orphanedGroups: true }, atOnce.system)
    expect(atOnce.left()).toEqual([900])
  })
})

test('what is purged goes by the name that a person would give it, as paths and names of the system are', () => {
  const python = { program: String.raw`C:\Python\Python.EXE`, args: [String.raw`D:\srv\serve.py`] }
  expect(namesOf(python, 'win32')).toEqual(['Python', 'Python', 'serve.py'])
  expect(comparable('Ollama.exe', 'win32')).toBe(comparable('OLLAMA', 'win32'))
  const app = '/Applications/Ollama.app/Contents/MacOS/Ollama'
  expect(namesOf({ program: app, args: ['--hidden'] }, 'darwin')).toEqual(['Ollama', 'Ollama', ''])
  expect(comparable('Ollama', 'darwin')).not.toBe(comparable('ollama', 'darwin'))
})

test('which of two processes is younger is read from the times of the system', () => {
  expect(isYounger('abc:200', 'abc:100', 'linux')).toBe(true)
  expect(isYounger('639000000000000002', '639000000000000001', 'win32')).toBe(true)
  expect(isYounger('Mon Nov 30 00:00:01 2026', 'Sun Nov 29 23:59:59 2026', 'darwin')).toBe(true)
  expect(isYounger('Sun Nov 29 23:59:59 2026', 'Mon Nov 30 00:00:01 2026', 'darwin')).toBe(false)
  expect(isYounger(null, 'abc:100', 'linux')).toBe(false)
})
