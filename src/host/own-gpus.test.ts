import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/fixtures/session/kit.ts'
import { amdGpus, type ListedGpu, parseListing } from './listed-gpus.ts'
import { ownGpus, unknownGpus } from './own-gpus.ts'

const LISTING = `GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa0000-0000-4000-8000-000000000000)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-bbbb0000-0000-4000-8000-000000000000)
  MIG 3g.20gb     Device  0: (UUID: MIG-c7384736-a75d-5afc-978f-d2f1294409fd)
  MIG 1g.5gb      Device  1: (UUID: MIG-GPU-bbbb0000-0000-4000-8000-000000000000/7/0)
`
const [A, B] = [
  'GPU-aaaa0000-0000-4000-8000-000000000000',
  'GPU-bbbb0000-0000-4000-8000-000000000000',
]
const [SMALL, SMALLER] = ['MIG-c7384736-a75d-5afc-978f-d2f1294409fd', `MIG-${B}/7/0`]

const own = (env: NodeJS.ProcessEnv, listing = LISTING, cards: ListedGpu[] | null = null) =>
  ownGpus(env, { nvidia: async () => parseListing(listing), amd: async () => cards })

const indices = async (...given: Parameters<typeof own>): Promise<number[] | null> =>
  (await own(...given))?.gpus.map(({ index }) => index) ?? null

test.for<[NodeJS.ProcessEnv, number[] | null]>([
  [{}, null],
  [{ CUDA_VISIBLE_DEVICES: '0' }, [0]],
  [{ CUDA_VISIBLE_DEVICES: '1,0' }, [0, 1]],
  [{ CUDA_VISIBLE_DEVICES: '0,7,1' }, [0]],
  [{ CUDA_VISIBLE_DEVICES: B }, [1]],
  [{ CUDA_VISIBLE_DEVICES: 'GPU-bb' }, [1]],
  [{ CUDA_VISIBLE_DEVICES: SMALL }, [1]],
  // No GPU at all, and what is none: the run has the machine as before.
  [{ CUDA_VISIBLE_DEVICES: '' }, null],
  [{ CUDA_VISIBLE_DEVICES: '-1' }, null],
  [{ CUDA_VISIBLE_DEVICES: 'NoDevFiles' }, null],
  // It narrows what a scheduler has allotted.
  [{ CUDA_VISIBLE_DEVICES: '0', SLURM_JOB_GPUS: '0,1' }, [0]],
  [{ SLURM_JOB_GPUS: '1' }, [1]],
  [{ SLURM_JOB_GPUS: '0-1' }, [0, 1]],
  [{ SLURM_JOB_GPUS: '0,1', SLURM_STEP_GPUS: '1' }, [1]],
  [{ NVIDIA_VISIBLE_DEVICES: A }, [0]],
  [{ NVIDIA_VISIBLE_DEVICES: 'all' }, null],
  [{ NVIDIA_VISIBLE_DEVICES: 'void' }, null],
])('%j leaves a run the GPUs %j', async ([env, expected]) => {
  expect(await indices(env)).toEqual(expected)
})

test('a container that was given GPU 3 of the machine lists it as its first', async () => {
  const listing = `GPU 0: NVIDIA L4 (UUID: ${A})\n`
  expect(await indices({ NVIDIA_VISIBLE_DEVICES: '3' }, listing)).toEqual([0])
  expect(await own({ SLURM_JOB_GPUS: '3' }, listing)).toMatchObject({
    from: 'SLURM_JOB_GPUS',
    env: { CUDA_VISIBLE_DEVICES: '0', CUDA_DEVICE_ORDER: 'PCI_BUS_ID' },
  })
})

test('services are told numbers, as vLLM ends at uuids, but for a machine with divided GPUs', async () => {
  const listing = `GPU 0: NVIDIA L4 (UUID: ${A})\nGPU 1: NVIDIA L4 (UUID: ${B})\n`
  const env = { CUDA_VISIBLE_DEVICES: '1', CUDA_DEVICE_ORDER: 'PCI_BUS_ID' }
  expect((await own({ CUDA_VISIBLE_DEVICES: B }, listing))!.env).toEqual(env)
  expect((await own({ NVIDIA_VISIBLE_DEVICES: B }, listing))!.env).toEqual(env)
  expect((await own({ CUDA_VISIBLE_DEVICES: `GPU-b,${SMALL}` }))!.env).toEqual({
    CUDA_VISIBLE_DEVICES: `${B},${SMALL}`,
  })
  expect((await own({ CUDA_VISIBLE_DEVICES: SMALL }))!.env).toEqual({})
})

test('whoever has a GPU has all that it is divided into, and whoever has a part of it has that alone', async () => {
  const locksOf = async (value: string): Promise<unknown> =>
    (await own({ CUDA_VISIBLE_DEVICES: value }))!.gpus.map(({ isWhole, locks }) => [isWhole, locks])
  expect(await locksOf('1')).toEqual([[true, [B, SMALL, SMALLER]]])
  expect(await locksOf(SMALL)).toEqual([[false, [SMALL]]])
  expect(await locksOf(`${SMALLER},${SMALL}`)).toEqual([[false, [SMALLER, SMALL]]])
})

test('numbers count as nvidia-smi counts, which is told where GPUs are of several kinds', async () => {
  const mixed = `GPU 0: NVIDIA T4 (UUID: ${A})\nGPU 1: NVIDIA H100 (UUID: ${B})\n`
  const [CUDA_VISIBLE_DEVICES, CUDA_DEVICE_ORDER] = ['0', 'PCI_BUS_ID']
  expect(await own({ CUDA_VISIBLE_DEVICES }, mixed)).toMatchObject({
    env: { CUDA_DEVICE_ORDER },
    remark: expect.stringContaining('by the PCI bus (GPU 0: NVIDIA T4)'),
  })
  expect(await own({ CUDA_VISIBLE_DEVICES, CUDA_DEVICE_ORDER }, mixed)).toMatchObject({
    remark: null,
  })
  expect(await own({ CUDA_VISIBLE_DEVICES })).toMatchObject({ remark: null })
  expect(await own({ CUDA_VISIBLE_DEVICES: 'GPU-b' }, mixed)).toMatchObject({
    env: { CUDA_VISIBLE_DEVICES: '1', CUDA_DEVICE_ORDER },
    remark: null,
  })
})

test("AMD's GPUs are counted as their cards, and HIP counts what the runtime shows", async () => {
  const root = temporaryFolder()
  for (const [card, id] of [
    ['card1', '8d7bf001'],
    ['card2', ''],
    ['card10', '8d7bf010'],
  ] as const) {
    const device = join(root, '..', `${card}-0000:0${card.length}:00.0`)
    mkdirSync(device, { recursive: true })
    writeFileSync(join(device, 'mem_info_vram_total'), '17163091968\n')
    writeFileSync(join(device, 'unique_id'), `${id}\n`)
    mkdirSync(join(root, card))
    symlinkSync(device, join(root, card, 'device'))
  }
  const cards = await amdGpus(root)
  const locks = async (env: NodeJS.ProcessEnv): Promise<unknown> =>
    (await own(env, '', cards))?.gpus.flatMap((gpu) => gpu.locks) ?? null
  expect(await locks({ ROCR_VISIBLE_DEVICES: '0' })).toEqual(['amd-8d7bf001'])
  expect(await locks({ ROCR_VISIBLE_DEVICES: 'GPU-8d7bf010' })).toEqual(['amd-8d7bf010'])
  expect(await locks({ ROCR_VISIBLE_DEVICES: '1,2', HIP_VISIBLE_DEVICES: '1' })).toEqual([
    'amd-8d7bf010',
  ])
  expect(await locks({ HIP_VISIBLE_DEVICES: '1' })).toEqual(['amd-card2-0000:05:00.0'])
  expect(await locks({ CUDA_VISIBLE_DEVICES: '0' })).toEqual(['amd-8d7bf001'])
})

test('where nobody lists GPUs, no variable says anything', async () => {
  expect(await own({ CUDA_VISIBLE_DEVICES: '0', SLURM_JOB_GPUS: '0' }, '')).toBeNull()
})

test('what names GPUs and is made nothing of can be told; what names none is nothing to tell', () => {
  expect(unknownGpus({ CUDA_VISIBLE_DEVICES: '7' })).toBe('CUDA_VISIBLE_DEVICES=7')
  expect(unknownGpus({ NVIDIA_VISIBLE_DEVICES: 'GPU-a' })).toBe('NVIDIA_VISIBLE_DEVICES=GPU-a')
  for (const value of ['', '-1', 'NoDevFiles', 'all', 'void']) {
    expect(unknownGpus({ CUDA_VISIBLE_DEVICES: value })).toBeNull()
  }
})
