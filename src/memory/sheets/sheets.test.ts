import { describe, expect, test } from 'vitest'
import { aLoad, MIB } from '../../../test/support/memory-loads.ts'
import { grownModels } from './growth.ts'
import { type MemoryNeed, predictedPart, unknownPart } from '../need.ts'
import { learnedFor, withLearned } from './learned.ts'
import { shownOf } from './shown.ts'
import { deviceOf } from '../log/memory-event.ts'
import { readLogText } from '../log/engine-log-reader.ts'
import { sheetsOf } from './sheets-of.ts'

describe('a sheet', () => {
  test('has the base and the cost of a token by a line through the loads of several contexts', () => {
    const [sheet] = sheetsOf([aLoad(4_096), aLoad(8_192), aLoad(32_768)])
    expect(sheet).toMatchObject({
      n: 3,
      contexts: [4_096, 8_192, 32_768],
      base_bytes: 1_050 * MIB,
      bytes_per_token: 65_536,
      per_token_from: 'fit',
      spread_bytes: 0,
    })
  })

  test('says how far its loads lie apart', () => {
    const wider = aLoad(8_192, { gpu_bytes: aLoad(8_192).gpu_bytes! + 30 * MIB })
    const [line] = sheetsOf([aLoad(4_096), aLoad(8_192), wider, aLoad(12_288)])
    expect(line!.spread_bytes).toBe(30 * MIB)
    const [one] = sheetsOf([aLoad(8_192), wider])
    expect(one).toMatchObject({ spread_bytes: 30 * MIB, per_token_from: 'one_context' })
    expect(sheetsOf([aLoad(8_192)])[0]).toMatchObject({ spread_bytes: null, n: 1 })
    expect(sheetsOf([aLoad(4_096), wider])[0]).toMatchObject({ spread_bytes: null, n: 2 })
  })

  test('is one for each version, quantisation, cache, slots and device', () => {
    const sheets = sheetsOf([
      aLoad(4_096),
      aLoad(4_096, { version: '9300' }),
      aLoad(4_096, { kv_type: 'q8_0' }),
      aLoad(4_096, { flash_attention: false }),
      aLoad(4_096, { slots: 4 }),
      aLoad(4_096, { device: 'cpu' }),
      aLoad(4_096, { digest: 'other' }),
    ])
    expect(sheets.map(({ n }) => n)).toEqual([1, 1, 1, 1, 1, 1, 1])
  })

  test('of vLLM divides its cache by the tokens that it says it holds, whatever the context', () => {
    const load = aLoad(32_768, { engine: 'vllm', kv_tokens: 65_536 })
    expect(sheetsOf([load, { ...load, context: 4_096 }])[0]).toMatchObject({
      bytes_per_token: 32_768,
      per_token_from: 'kv_tokens',
      base_bytes: 1_050 * MIB,
    })
  })

  test('takes the processes where the engine does not tell, and nothing where nobody does', () => {
    const silent = aLoad(4_096, { parts: {}, gpu_bytes: 0, process_bytes: 3_000 * MIB })
    expect(sheetsOf([silent])[0]).toMatchObject({
      measured_bytes: 3_000 * MIB,
      bytes_per_token: null,
    })
    const [unknown] = sheetsOf([{ ...silent, process_bytes: null }])
    expect(unknown).toMatchObject({ base_bytes: null, measured_bytes: null, error: null })
  })

  test('tells the overhead of processes and the error of what was foreseen', () => {
    const load = aLoad(4_096, { predicted_bytes: 1_400 * MIB })
    const process_bytes = load.gpu_bytes! + 200 * MIB
    const [sheet] = sheetsOf([
      { ...load, process_bytes },
      { ...load, process_bytes },
    ])
    expect(sheet!.overhead).toEqual({ bytes: 200 * MIB, n: 2, spread: 0 })
    expect(sheet!.error).toBeCloseTo((1_400 - 1_306) / 1_306, 6)
  })
})

describe('what is learned for a context', () => {
  const about = {
    engine: 'llamacpp',
    model: 'llamacpp://a.gguf#ctx=8192',
    onCpu: false,
    kvType: null,
    flashAttention: null,
  }

  test('is that of loads of the same context', () => {
    const sheets = sheetsOf([aLoad(8_192), aLoad(8_192), aLoad(32_768)])
    expect(learnedFor(sheets, about, 8_192)).toMatchObject({
      n: 2,
      contexts: [8_192],
      isBeyond: false,
      parts: {
        weights: { bytes: 1_000 * MIB, n: 2, spread: 0 },
        kv_cache: { bytes: 512 * MIB, n: 2, spread: 0 },
      },
    })
  })

  test('else lies on the line through others, and says where it continues that line', () => {
    const sheets = sheetsOf([aLoad(4_096), aLoad(16_384)])
    const within = learnedFor(sheets, about, 8_192)
    expect(within).toMatchObject({ isBeyond: false, parts: { kv_cache: { bytes: 512 * MIB } } })
    const beyond = learnedFor(sheets, about, 65_536)
    expect(beyond).toMatchObject({ isBeyond: true, contexts: [4_096, 16_384] })
    expect(beyond!.parts.kv_cache!.bytes).toBe(4_096 * MIB)
  })

  test('is nothing from one other context, the processor or another type of the cache', () => {
    const sheets = sheetsOf([aLoad(4_096)])
    expect(learnedFor(sheets, about, 8_192)).toBeNull()
    expect(learnedFor(sheets, { ...about, onCpu: true }, 4_096)).toBeNull()
    expect(learnedFor(sheets, { ...about, kvType: 'q8_0' }, 4_096)).toBeNull()
    expect(learnedFor(sheets, { ...about, kvType: 'f16' }, 4_096)).not.toBeNull()
  })

  test('takes the place of what is not known of a model, and of nothing else', () => {
    const unknown: MemoryNeed = {
      model: about.model,
      parts: [
        predictedPart('weights', 999 * MIB),
        unknownPart('kv_cache', 'its architecture is not known'),
      ],
      bytes: 999 * MIB,
      restsOn: [],
      contextFor: () => null,
    }
    const learned = learnedFor(sheetsOf([aLoad(4_096), aLoad(16_384)]), about, 32_768)
    expect(withLearned(unknown, learned)).toMatchObject({
      parts: [
        { name: 'weights', bytes: 999 * MIB, source: { from: 'predicted' } },
        { name: 'kv_cache', bytes: 2_048 * MIB, source: { from: 'learned', n: 2, spread: null } },
      ],
      bytes: 3_047 * MIB,
      restsOn: ['2 loads of 4,096 to 16,384 tokens, continued beyond them'],
    })
    expect(withLearned(unknown, null)).toBe(unknown)
  })
})

describe('what no rule gives is what runs have shown', () => {
  const about = {
    engine: 'llamacpp',
    model: 'llamacpp://a.gguf',
    onCpu: false,
    kvType: 'f16',
    flashAttention: true,
  }

  test('the buffer for computing without what grows, and the overhead, of the newest sheet', () => {
    const load = aLoad(4_096)
    const old = aLoad(4_096, { version: '9000', time: '2026-10-01', gpu_parts: { compute: MIB } })
    const process_bytes = load.gpu_bytes! + 300 * MIB
    const sheets = sheetsOf([
      old,
      { ...load, process_bytes },
      { ...aLoad(8_192), process_bytes: null },
    ])
    expect(shownOf(sheets, about, (context) => context * 1_024)).toEqual({
      compute: { bytes: 44 * MIB, n: 2, spread: 4 * MIB },
      overhead: { bytes: 300 * MIB, n: 1, spread: null },
    })
    expect(shownOf(sheets, { ...about, flashAttention: false }, () => 0)).toEqual({})
  })
})

describe('a model that takes more than before', () => {
  const at = (day: number, changes: Parameters<typeof aLoad>[1]) =>
    aLoad(8_192, { time: `2026-11-0${day}T22:00:00.000+01:00`, ...changes })
  const more = aLoad(8_192).gpu_bytes! + 300 * MIB

  test('is named with the version of the engine, or of the driver, that it came with', () => {
    const version = grownModels([at(1, {}), at(2, {}), at(3, { version: '9300', gpu_bytes: more })])
    expect(version).toEqual([
      {
        model: 'llamacpp://a.gguf',
        device: 'NVIDIA GeForce RTX 4090',
        context: 8_192,
        since: 'version',
        before: { version: '9284', driver: '590.44', bytes: 1_562 * MIB, n: 2 },
        after: { version: '9300', driver: '590.44', bytes: 1_862 * MIB, n: 1 },
      },
    ])
    const driver = grownModels([at(1, {}), at(2, { driver: '600.10', gpu_bytes: more })])
    expect(driver).toMatchObject([{ since: 'driver', after: { driver: '600.10' } }])
  })

  test('is not one that took more for its context, a few bytes more, or less', () => {
    const little = aLoad(8_192).gpu_bytes! + 10 * MIB
    expect(
      grownModels([
        at(1, {}),
        { ...aLoad(65_536), version: '9300', time: '2026-11-02' },
        at(3, { version: '9300', gpu_bytes: little }),
        at(4, { version: '9310', gpu_bytes: MIB }),
      ]),
    ).toEqual([])
  })
})

test.each([
  ['CPU_Mapped', [], 'cpu'],
  ['CUDA_Host', ['NVIDIA A'], 'cpu'],
  ['CUDA0', [], 'CUDA0'],
  ['CUDA0', ['NVIDIA A'], 'NVIDIA A'],
  ['Vulkan0', ['AMD B', 'AMD B'], 'AMD B'],
])('a load on %s of a machine with %j lies on %s', (buffer, gpus, device) => {
  const [load] = readLogText(`load_tensors:        ${buffer} model buffer size =   100.00 MiB`)
  expect(deviceOf(load!, gpus)).toBe(device)
})

test('a load on two cards of one kind names them together', () => {
  const [load] = readLogText(
    ['CUDA0', 'CUDA1', 'CPU_Mapped']
      .map((device) => `load_tensors:        ${device} model buffer size =   100.00 MiB`)
      .join('\n'),
  )
  expect(deviceOf(load!, ['NVIDIA A', 'NVIDIA A', 'NVIDIA A'])).toBe('2 × NVIDIA A')
})
