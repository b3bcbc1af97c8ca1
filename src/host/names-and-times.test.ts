import { expect, test } from 'vitest'
import { localClock, localIso, localStamp } from './local-time.ts'
import { safeName } from './safe-name.ts'

test('a local time carries its offset and is the same moment when it is read again', () => {
  const date = new Date(2026, 1, 6, 3, 2, 5, 7)
  expect(localIso(date)).toMatch(/^2026-02-06T03:02:05\.007[+-]\d\d:\d\d$/)
  expect(Date.parse(localIso(date))).toBe(date.getTime())
  expect(localClock(date)).toBe('03:02:05')
  expect(localStamp(date)).toBe('20260206_030205')
})

test.for([
  ['+05:30', -330],
  ['-03:30', 210],
  ['+00:00', 0],
  ['-10:00', 600],
] as const)('an offset of %s is written as that', ([text, minutes]) => {
  const date = new Date()
  date.getTimezoneOffset = () => minutes
  expect(localIso(date).slice(-6)).toBe(text)
})

test.for([
  ['Qwen/Qwen2-VL-2B-Instruct', 'Qwen--Qwen2-VL-2B-Instruct'],
  ['qwen2.5:0.5b', 'qwen2.5-0.5b'],
  ['../../etc/passwd', '_..--..--etc--passwd'],
  ['żółty 🐢 sen', '___ty___sen'],
  ['', '_'],
  ['.hidden', '_.hidden'],
  ['CON', '_CON'],
  ['nul.txt', '_nul.txt'],
  ['console', 'console'],
] as const)('the name %j is %s in a path', ([text, name]) => {
  expect(safeName(text)).toBe(name)
})

test('long names are cut to 80 characters and stay different', () => {
  const [one, two] = [safeName(`${'a'.repeat(90)}1`), safeName(`${'a'.repeat(90)}2`)]
  expect([one.length, two.length]).toEqual([80, 80])
  expect(one).not.toBe(two)
})
