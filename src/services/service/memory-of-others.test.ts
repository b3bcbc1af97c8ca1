import { expect, test } from 'vitest'
import { heldUnseen, takenByOthers } from './memory-of-others.ts'

const GIB = 1024 ** 3
const [OURS, THEIRS, DESKTOP, UNKNOWN] = [10, 20, 30, 40]
const owns = (pid: number): boolean | null => (pid === UNKNOWN ? null : pid === OURS)
const held = (pid: number, gigabytes: number | null) => {
  return { pid, name: 'x', used: gigabytes === null ? null : gigabytes * GIB }
}

test('others have taken what they hold more than before; what may be ours is not theirs', () => {
  const before = [held(DESKTOP, 0.5), held(THEIRS, 2)]
  const now = [held(DESKTOP, 0.3), held(THEIRS, 10), held(OURS, 4), held(UNKNOWN, 3)]
  expect(takenByOthers(now, before, owns)).toBe(8 * GIB)
  const early = { ...held(THEIRS, 3), atFirst: 2 * GIB }
  expect(takenByOthers([early], [], owns)).toBe(GIB)
  expect(takenByOthers([held(THEIRS, null)], [], owns)).toBe(0)
})

test('what no listed process holds is somebody’s whom the driver does not show, where it tells what ours do', () => {
  const figures = { used: 13.3 * GIB, prior: 0.5 * GIB }
  const others = { others: 0, owns }
  expect(heldUnseen(figures, [held(OURS, 4.5)], others) / GIB).toBeCloseTo(8.3)
  // Less is the driver's own.
  expect(heldUnseen({ ...figures, used: 5.3 * GIB }, [held(OURS, 4.5)], others)).toBe(0)
  expect(heldUnseen(figures, [held(THEIRS, 4.5)], others)).toBe(0)
  expect(heldUnseen(figures, [held(OURS, 4.5), held(THEIRS, null)], others)).toBe(0)
})
