import { describe, expect, test } from 'vitest'
import { chanceOf, type Step, stepsOf } from './steps.ts'

const QUIET = [0.1, -0.2, 0, 0.2, -0.1, 0.1, 0, -0.1, 0.2, -0.2, 0.1, 0, -0.1, 0]

describe('a step over several nights', () => {
  test.each([
    ['the night before was far off', [5, 0]],
    ['the one before that was far off', [5, 0, 0.1]],
    ['two of them were far off', [5, 5, 0]],
    ['it went the other way since', [5, 5, -0.2]],
  ])('is not told where %s, and it is over', (_, now) => {
    expect(chanceOf(stepsFrom(now))).toBeGreaterThan(0.05)
  })

  test.each([
    ['on its first night', [5]],
    ['on its second', [5, 5]],
    ['on its third', [5, 4.9, 5.1]],
    ['where the newest night has only half of it', [5, 5, 2.5]],
  ])('is told %s', (_, now) => {
    expect(chanceOf(stepsFrom(now))).toBeLessThan(0.001)
  })
})

function stepsFrom(now: readonly number[]): Step[] {
  const [steps = []] = stepsOf([{ group: '', before: QUIET, now, isSameKind: true, least: 0 }])
  return steps
}
