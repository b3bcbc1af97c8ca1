import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { AmdSource } from './amd-source.ts'
import { startTelemetry } from './index.ts'
import type { GpuSample } from './types.ts'

const GIB = 1024 ** 3

/** A folder as the kernel's: cards by name, each with the files of its device. */
function sysfs(cards: Record<string, Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'jarvis-drm-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const [card, files] of Object.entries(cards)) {
    mkdirSync(join(root, card, 'device'), { recursive: true })
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(root, card, 'device', name), text)
    }
  }
  return root
}

function reading(source: AmdSource): Promise<readonly GpuSample[] | null> {
  onTestFinished(() => source.stop())
  return new Promise((resolve) => {
    source.start({ onReading: resolve, onFailing: () => resolve(null) })
  })
}

test('a run with some of the cards is told of those, by the numbers that they have', async () => {
  const card = (used: number, id = ''): Record<string, string> => {
    return {
      mem_info_vram_total: `${16 * GIB}\n`,
      mem_info_vram_used: `${used * GIB}\n`,
      mem_info_vram_vendor: 'samsung\n',
      unique_id: `${id}\n`,
    }
  }
  const root = sysfs({ card0: card(1, 'aa'), card1: card(2), card2: card(3, 'cc') })
  const about = { kind: 'amd', model: 'A card', isWhole: true, locks: [] } as const
  const gpus = [
    { ...about, index: 1, uuid: null },
    { ...about, index: 2, uuid: 'cc' },
  ]
  const told = await reading(new AmdSource({ intervalMs: 50, root, gpus }))
  expect(told?.map(({ index, used }) => [index, used! / GIB])).toEqual([
    [1, 2],
    [2, 3],
  ])
  expect(await reading(new AmdSource({ intervalMs: 50, root, gpus: [] }))).toBeNull()
})

test('cards of AMD tell their memory and use, in the order of their numbers', async () => {
  const root = sysfs({
    card10: { mem_info_vram_total: `${16 * GIB}\n`, mem_info_vram_used: `${GIB}\n` },
    card1: {
      mem_info_vram_total: `${24 * GIB}\n`,
      mem_info_vram_used: `${3 * GIB}\n`,
      gpu_busy_percent: '42\n',
      product_name: 'Radeon RX 7900 XTX\n',
    },
    card0: { vendor: '0x8086\n' },
    'card1-DP-1': { mem_info_vram_total: '1\n' },
  })
  const source = new AmdSource({ intervalMs: 50, root })
  const common = { uuid: null, throttled: null }
  expect(await reading(source)).toEqual([
    {
      index: 0,
      name: 'Radeon RX 7900 XTX',
      total: 24 * GIB,
      used: 3 * GIB,
      utilization: 0.42,
      ...common,
    },
    {
      index: 1,
      name: 'AMD GPU (card10)',
      total: 16 * GIB,
      used: GIB,
      utilization: null,
      ...common,
    },
  ])
  expect(source.problem).toBeNull()
  writeFileSync(join(root, 'card1', 'device', 'mem_info_vram_used'), 'busy')
  await expect.poll(() => source.problem).toContain('Radeon RX 7900 XTX does not tell')
})

test('an APU whose memory is the machine’s is told with all that it may use of it (Strix Halo)', async () => {
  const [carveOut, mapped] = [512 * 1024 ** 2, 62 * GIB]
  const root = sysfs({
    card1: {
      mem_info_vram_total: `${carveOut}\n`,
      mem_info_vram_used: `${150 * 1024 ** 2}\n`,
      mem_info_gtt_total: `${mapped}\n`,
      mem_info_gtt_used: `${38 * GIB}\n`,
      mem_info_vram_vendor: 'unknown\n',
      unique_id: '7e1a0c5b2d3f4a69\n',
    },
  })
  const source = new AmdSource({ intervalMs: 50, root })
  expect(await reading(source)).toEqual([
    {
      index: 0,
      uuid: '7e1a0c5b2d3f4a69',
      name: 'AMD GPU (card1)',
      total: carveOut + mapped,
      used: 150 * 1024 ** 2 + 38 * GIB,
      utilization: null,
      throttled: null,
      shared: { total: mapped, used: 38 * GIB, isWhole: false },
    },
  ])
  writeFileSync(join(root, 'card1', 'device', 'mem_info_gtt_used'), 'busy')
  await expect.poll(() => source.problem).toContain('does not tell')
})

test('what a card of its own memory maps of the machine’s is not taken for its memory', async () => {
  const root = sysfs({
    card0: {
      mem_info_vram_total: `${24 * GIB}\n`,
      mem_info_vram_used: `${3 * GIB}\n`,
      mem_info_gtt_total: `${32 * GIB}\n`,
      mem_info_gtt_used: `${2 * GIB}\n`,
      mem_info_vram_vendor: 'samsung\n',
    },
  })
  const [gpu] = (await reading(new AmdSource({ intervalMs: 50, root })))!
  expect(gpu).toMatchObject({ total: 24 * GIB, used: 3 * GIB })
  expect(gpu).not.toHaveProperty('shared')
})

test('a machine without such a card says so, and nobody waits for it', async () => {
  const source = new AmdSource({ intervalMs: 50, root: sysfs({ card0: {} }) })
  expect(await reading(source)).toBeNull()
  const telemetry = startTelemetry({
    sources: [new AmdSource({ intervalMs: 50, root: '/there/is/no/such/folder' })],
  })
  onTestFinished(() => telemetry.stop())
  expect(await telemetry.fresh()).toBeNull()
  expect(telemetry.unavailable).toBe(
    'No NVIDIA or AMD GPU is readable on this system: the kernel tells of no AMD GPU.',
  )
})

test('samples follow the card', async () => {
  const root = sysfs({
    card0: { mem_info_vram_total: `${8 * GIB}`, mem_info_vram_used: `${GIB}` },
  })
  const telemetry = startTelemetry({
    intervalMs: 50,
    sources: [new AmdSource({ intervalMs: 50, root })],
  })
  onTestFinished(() => telemetry.stop())
  expect((await telemetry.fresh())?.gpus[0]?.used).toBe(GIB)
  writeFileSync(join(root, 'card0', 'device', 'mem_info_vram_used'), `${2 * GIB}`)
  await expect.poll(() => telemetry.latest()?.gpus[0]?.used).toBe(2 * GIB)
  expect(telemetry.since(0).peak).toBe(2 * GIB)
  expect(telemetry.unavailable).toBeNull()
})
