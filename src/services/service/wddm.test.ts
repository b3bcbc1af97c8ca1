import { expect, test } from 'vitest'
import { memoryOfTree } from './wddm.ts'

test('the GPU memory of a process on Windows is that of all that it has started (as the documentation has the counters)', () => {
  const told = [
    'pid_4711_luid_0x00000000_0x0000D3F1_phys_0,1073741824,104857600',
    'pid_4720_luid_0x00000000_0x0000D3F1_phys_0,8589934592,3221225472',
    'pid_900_luid_0x00000000_0x0000D3F1_phys_0,268435456,104857600',
    '0,0',
    '4711,1000',
    '4720,4711',
    '900,1',
    '',
  ].join('\r\n')
  expect(memoryOfTree(4711, told)).toEqual({ own: 9_663_676_416, shared: 3_326_083_072 })
  expect(memoryOfTree(1000, told)).toEqual({ own: 9_663_676_416, shared: 3_326_083_072 })
  expect(memoryOfTree(77, told)).toBeNull()
  expect(memoryOfTree(77, '')).toBeNull()
})
