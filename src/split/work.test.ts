import { describe, expect, test } from 'vitest'
import { divide, type LoadoutWork } from './work.ts'

const work = (
  loadout: string,
  around: number | null,
  files: Record<string, number>,
): LoadoutWork => ({
  domain: 'llm',
  loadout,
  files: Object.keys(files),
  around,
  perFile: new Map(Object.entries(files)),
})

const names = (parts: ReturnType<typeof divide>): string[][] =>
  parts.map(({ loadouts }) =>
    loadouts.map(({ loadout, files }) =>
      files === null ? loadout : `${loadout}: ${files.join(' ')}`,
    ),
  )

describe('a plan is divided', () => {
  test('by loadouts, never inside one, so that the longest part is as short as it can be', () => {
    const seconds = [50, 50, 40, 40, 30, 30, 30]
    const works = seconds.map((time, place) => work(`m${place}`, 10, { a: time - 20, b: 10 }))
    const parts = divide(works, 3)
    expect(parts.map((part) => part.seconds)).toEqual([90, 90, 90])
    expect(parts.flatMap(({ loadouts }) => loadouts.map(({ files }) => files))).toEqual(
      Array.from({ length: 7 }, () => null),
    )
  })

  test('by files where there are fewer loadouts than parts, the longest one first', () => {
    const parts = divide(
      [work('small', 5, { a: 1 }), work('large', 20, { a: 90, b: 60, c: 30 })],
      3,
    )
    expect(names(parts)).toEqual([['small'], ['large: a'], ['large: b c']])
    expect(parts.map((part) => part.seconds)).toEqual([6, 110, 110])
  })

  test('into parts of which some are empty where there is not so much to run', () => {
    const parts = divide([work('one', 1, { a: 1, b: 1 })], 4)
    expect(names(parts)).toEqual([['one: a'], ['one: b'], [], []])
    expect(parts.map((part) => part.seconds)).toEqual([2, 2, 0, 0])
  })

  test('without any time by the number of files, and tells none', () => {
    const unknown = (loadout: string, count: number): LoadoutWork => ({
      ...work(loadout, null, {}),
      files: Array.from({ length: count }, (_, place) => `f${place}`),
    })
    const parts = divide([unknown('a', 5), unknown('b', 2), unknown('c', 2)], 2)
    expect(names(parts)).toEqual([['a'], ['b', 'c']])
    expect(parts.map((part) => part.seconds)).toEqual([null, null])
  })

  test('with the median of the others for what has not run yet, and without loadouts that have no file', () => {
    const parts = divide(
      [
        work('known', 10, { a: 20, b: 40 }),
        { ...work('new', null, {}), files: ['a'] },
        work('none', 5, {}),
      ],
      2,
    )
    expect(names(parts)).toEqual([['known'], ['new']])
    expect(parts.map((part) => part.seconds)).toEqual([70, 7.5 + 30])
  })
})
