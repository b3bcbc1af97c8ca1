import { expect, test } from 'vitest'
import { gpuQuery, parseGpu, parseProcess, REASON_FIELDS } from './nvidia-csv.ts'

const MIB = 1024 ** 2
const [EVENTS, THROTTLE] = REASON_FIELDS
const uuid = 'GPU-00000000-0000-0000-0000-000000000000'

test('a query names the reasons as the driver does, and the name last', () => {
  expect(REASON_FIELDS.map(gpuQuery)).toEqual([
    '--query-gpu=index,uuid,memory.total,memory.used,utilization.gpu,clocks_event_reasons.active,name',
    '--query-gpu=index,uuid,memory.total,memory.used,utilization.gpu,clocks_throttle_reasons.active,name',
    '--query-gpu=index,uuid,memory.total,memory.used,utilization.gpu,name',
  ])
})

test('a line of a current driver is read', () => {
  const line = `1, ${uuid}, 16376, 1023, 37, 0x0000000000000000, NVIDIA GeForce RTX 4080 SUPER`
  expect(parseGpu(line, EVENTS)).toEqual({
    index: 1,
    uuid,
    name: 'NVIDIA GeForce RTX 4080 SUPER',
    total: 16_376 * MIB,
    used: 1_023 * MIB,
    utilization: 0.37,
    throttled: false,
  })
})

test.for([
  ['idle', '0x0000000000000001', false],
  ['application clocks', '0x0000000000000002', false],
  ['power cap of the software', '0x0000000000000004', false],
  ['thermal, by software', '0x0000000000000020', true],
  ['thermal, by hardware', '0x0000000000000048', true],
  ['power brake', '0x0000000000000088', true],
  ['not supported', '[N/A]', null],
  ['nonsense', '0xZZ', null],
] as const)('held down by %s', ([, mask, throttled]) => {
  const line = `0, ${uuid}, 8192, 300, 100, ${mask}, NVIDIA GeForce RTX 2080 SUPER`
  expect(parseGpu(line, THROTTLE)?.throttled).toBe(throttled)
})

test.for([
  ['unified memory', `0, ${uuid}, [N/A], [N/A], 12, NVIDIA GB10`],
  ['an old driver', `0, ${uuid}, [Not Supported], [Not Supported], 12, GeForce GT 710`],
  [
    'partitions',
    `0, ${uuid}, [Insufficient Permissions], [Insufficient Permissions], 12, NVIDIA H100`,
  ],
  ['a broken one', `0, ${uuid}, [Unknown Error], ERR!, 12, NVIDIA L40S`],
  ['blanks', `0,${uuid},,  ,12, NVIDIA L40S\r`],
])('memory that is not told is not known: %s', ([, line]) => {
  expect(parseGpu(line!, null)).toMatchObject({
    index: 0,
    total: null,
    used: null,
    utilization: 0.12,
  })
})

test('a figure that is not told does not hide the others', () => {
  const line = `0, [N/A], 24564 MiB, 511 MiB, [N/A], Tesla, or something like it`
  expect(parseGpu(line, null)).toEqual({
    index: 0,
    uuid: null,
    name: 'Tesla, or something like it',
    total: 24_564 * MIB,
    used: 511 * MIB,
    utilization: null,
    throttled: null,
  })
})

test.for([
  '',
  'No devices were found',
  "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
  'Field "clocks_event_reasons.active" is not a valid field to query.',
  'index, uuid, memory.total [MiB], memory.used [MiB], utilization.gpu [%], name',
  '1, 2, 3',
  ', , , , , ,',
  `-1, ${uuid}, 1, 1, 1, x`,
  `0, ${uuid}, 1, 1, 1,`,
  `0, not a uuid, 1, 1, 1, x`,
])('%j is no GPU', (line) => {
  expect(parseGpu(line, null)).toBeNull()
})

test('a process is read, its memory where the driver tells it', () => {
  expect(parseProcess(`${uuid}, 5268, 370, ffmpeg`)).toEqual({
    uuid,
    process: { pid: 5268, name: 'ffmpeg', used: 370 * MIB },
  })
  expect(parseProcess(String.raw`${uuid}, 2056, [N/A], C:\Windows\System32\dwm.exe`)).toEqual({
    uuid,
    process: { pid: 2056, name: String.raw`C:\Windows\System32\dwm.exe`, used: null },
  })
  expect(parseProcess(`${uuid}, 7, 1, /opt/a, b/server`)?.process.name).toBe('/opt/a, b/server')
  for (const line of [
    '',
    'gpu_uuid, pid, used_gpu_memory [MiB], process_name',
    'GPU-1, 0, 1, x',
    '12',
    'GPU-1, x, 1, y',
  ]) {
    expect(parseProcess(line)).toBeNull()
  }
})
