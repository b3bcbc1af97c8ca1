import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/fixtures/session/kit.ts'
import { measuredEvent, MIB, sessionOfLoads } from '../../../test/support/memory-loads.ts'
import { readSheets } from '../../memory/sheets/memory-file.ts'
import { learnSession, updateSheets } from '../../report/memory/update-sheets.ts'
import { memoryCommand } from './memory.ts'

const FIRST = 'RUN_20261101_220000'
const SECOND = 'RUN_20261102_220000'

/** A project with two nights: the second has another driver, version and twice the buffer to compute with. */
function project() {
  const cwd = temporaryFolder()
  const logs = join(cwd, 'logs')
  const run = async (...args: string[]) => {
    let text = ''
    const write = (more: string): void => void (text += more)
    const code = await memoryCommand.run(args, { cwd, env: {}, write, colors: false })
    return { code, text }
  }
  const nights = (): void => {
    sessionOfLoads(logs, FIRST, [measuredEvent(4_096), measuredEvent(8_192)])
    const parts = measuredEvent(8_192).parts.map((part) =>
      part.part === 'compute' ? { ...part, bytes: 350 * MIB } : part,
    )
    sessionOfLoads(logs, SECOND, [measuredEvent(8_192, { version: '9300', parts })], {
      driver: '600.10',
    })
  }
  return { cwd, logs, run, nights, file: join(logs, 'memory.json') }
}

describe('the sheets of a project', () => {
  test('are printed, with what grew since the last version and driver', async () => {
    const { run, nights } = project()
    nights()
    expect(await run()).toEqual({
      code: 0,
      text: [
        'MODEL              ENGINE         HOW                             DEVICE  N      CONTEXT     BASE   A TOKEN  SPREAD  PREDICTED  MEASURED  ERROR',
        'llamacpp://a.gguf  llamacpp 9284  Q4_K - Medium, f16, 1 slot, FA  cpu     2  4,096–8,192  1.03 GB   64.0 KB                      1.53 GB',
        'llamacpp://a.gguf  llamacpp 9300  Q4_K - Medium, f16, 1 slot, FA  cpu     1        8,192  1.32 GB  64.0 KB~                      1.82 GB',
        '',
        '~ of one context, its cache divided by its tokens: right for models with one kind of layers',
        '',
        'llamacpp://a.gguf takes 300 MB more at 8,192 tokens since version 9300 and driver 600.10: 1.82 GB (n 1), and 1.53 GB (n 1) with version 9284 and driver 590.44.',
        '',
      ].join('\n'),
    })
  })

  test('are the same from the file, without it, and where it was broken', async () => {
    const { logs, run, nights, file } = project()
    nights()
    const first = await run('--json')
    const written = readFileSync(file, 'utf8')
    expect(JSON.parse(written)).toMatchObject({ schema_version: 1 })
    expect(JSON.parse(first.text)).toMatchObject({ sheets: await readSheets(logs) })
    expect(await run('--json')).toEqual(first)
    for (const broken of [
      '',
      '{',
      '[]',
      '{"schema_version":1}',
      written.replace('weights', 'w"'),
    ]) {
      writeFileSync(file, broken)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await run('--json')).toEqual(first)
      expect(readFileSync(file, 'utf8')).toBe(written)
    }
    rmSync(file)
    expect(await run('--json')).toEqual(first)
    writeFileSync(file, written.replaceAll('1048576000', '1'))
    expect(await run('--json', '--rebuild')).toEqual(first)
  })

  test('have what was foreseen beside what was measured, and how far it was off', async () => {
    const { logs, run } = project()
    sessionOfLoads(logs, FIRST, [measuredEvent(8_192)], { foreseen: 1_500 * MIB })
    const { text } = await run()
    expect(text.split('\n')[1]).toMatch(/ 1\.46 GB +1\.53 GB +-4\.0 %$/)
  })

  test('hold what samples and ends told, too', async () => {
    const { logs } = project()
    sessionOfLoads(logs, FIRST, [measuredEvent(4_096)])
    const { sheets } = await updateSheets(logs)
    expect(sheets[0]!.loads).toMatchObject([
      {
        session: FIRST,
        model: 'llamacpp://a.gguf',
        digest: 'd1',
        driver: '590.44',
        process_bytes: 1_160 * MIB,
        peak_bytes: 1_536 * MIB,
        vram_prior: 1_024 * MIB,
        vram_loaded: 3_072 * MIB,
        vram_after: 1_024 * MIB,
      },
    ])
  })

  test('forget a session that is gone, and learn one that was written on', async () => {
    const { logs, nights } = project()
    nights()
    expect((await updateSheets(logs)).read).toEqual([FIRST, SECOND])
    expect((await updateSheets(logs)).read).toEqual([])
    rmSync(join(logs, SECOND), { recursive: true })
    const { sheets, read } = await updateSheets(logs)
    expect(read).toEqual([])
    expect(sheets.map(({ version }) => version)).toEqual(['9284'])
    sessionOfLoads(logs, FIRST, [measuredEvent(4_096), measuredEvent(8_192), measuredEvent(512)])
    expect((await updateSheets(logs)).sheets[0]!.n).toBe(3)
  })

  test('have the version of the program where the engine has not told its own', async () => {
    const { logs } = project()
    sessionOfLoads(logs, FIRST, [measuredEvent(4_096, { version: null })])
    expect((await updateSheets(logs)).sheets.map(({ version }) => version)).toEqual(['9200'])
  })

  test('of a session from before loads were told are read from the logs of its services', async () => {
    const { logs } = project()
    const log = [
      'load_tensors:   CPU_Mapped model buffer size =  1000.00 MiB',
      'llama_context: n_ctx         = 4096',
      'llama_kv_cache:        CPU KV buffer size =   256.00 MiB',
    ]
    sessionOfLoads(logs, FIRST, [measuredEvent(4_096)], { log: log.join('\n') })
    const { sheets } = await updateSheets(logs)
    expect(sheets).toMatchObject([
      { model: 'llamacpp://a.gguf', contexts: [4_096], measured_bytes: 1_256 * MIB, digest: 'd1' },
    ])
  })

  test('are whole when several runs end at once, at the latest when somebody asks', async () => {
    const { logs, nights, run, file } = project()
    nights()
    const expected = await run('--json')
    rmSync(file)
    await Promise.all([FIRST, SECOND, FIRST].map((name) => learnSession(join(logs, name))))
    expect(() => JSON.parse(readFileSync(file, 'utf8')) as unknown).not.toThrow()
    expect(await run('--json')).toEqual(expected)
    expect(readdirSync(logs).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  test('of a newer version are left as they are', async () => {
    const { logs, run, nights, file } = project()
    nights()
    writeFileSync(file, '{"schema_version":2}')
    await expect(run()).rejects.toThrow('was written by a newer version of jarvis: update it')
    await learnSession(join(logs, FIRST))
    expect(readFileSync(file, 'utf8')).toBe('{"schema_version":2}')
  })

  test('are none where no run has told of any', async () => {
    const { run } = project()
    const { text } = await run()
    expect(text).toMatch(/^No run has told yet what a model took in memory\.\n/)
  })
})

describe('logs and sheets of others', () => {
  const RUNNER = [
    'id: Qwen/Qwen2.5-0.5B-Instruct',
    'engine: vllm',
    'constants:',
    '  base_vram_gb: 0.93',
    '  kv_cache_gb_per_10k: 0.114031',
    'metadata:',
    "  calibrated_at: '2026-02-20 10:18:03'",
    '  gpu_vram_total_gb: 31.84',
    '  source_tokens: 73664',
    '  source_cache_gb: 0.84',
  ].join('\n')
  const LOG = [
    'load_tensors: offloaded 25/49 layers to GPU',
    'load_tensors:   CPU_Mapped model buffer size =  1000.00 MiB',
    'load_tensors:        CUDA0 model buffer size =  2000.00 MiB',
    'llama_context: n_ctx         = 4096',
    'llama_kv_cache:      CUDA0 KV buffer size =   256.00 MiB',
  ].join('\n')

  test('are read from a file or a folder', async () => {
    const { cwd, run } = project()
    const folder = join(cwd, 'old')
    mkdirSync(join(folder, 'source_logs'), { recursive: true })
    writeFileSync(join(folder, 'vl_qwen--qwen2.5-0.5b-instruct.yaml'), RUNNER)
    writeFileSync(join(folder, 'source_logs', 'server.log'), LOG)
    writeFileSync(join(folder, 'other.yaml'), 'a: 1\n')
    writeFileSync(join(folder, 'notes.txt'), 'nothing\n')
    expect(await run('old')).toEqual({
      code: 0,
      text: [
        'old/vl_qwen--qwen2.5-0.5b-instruct.yaml',
        '  vllm://Qwen/Qwen2.5-0.5B-Instruct',
        '    vllm, GPU of 31.84 GB, holds 73,664 tokens',
        '    weights           952 MB',
        '    KV cache          860 MB',
        '    together         1.77 GB',
        '    a token          12.0 KB  the cache by its tokens',
        '',
        'old/source_logs/server.log',
        '  llamacpp://?',
        '    llamacpp, 4,096 tokens, 25 of 49 layers on the GPU, CUDA0',
        '    weights          2.93 GB',
        '    KV cache          256 MB',
        '    together         3.18 GB',
        '    a token          64.0 KB  the cache by its tokens',
        '',
      ].join('\n'),
    })
  })

  test('are kept beside what runs show, where that is wanted', async () => {
    const { cwd, logs, run, nights, file } = project()
    nights()
    const path = join(cwd, 'vl_qwen.yaml')
    writeFileSync(path, RUNNER)
    await run('vl_qwen.yaml', '--import')
    await run('vl_qwen.yaml', '--import')
    rmSync(path)
    const models = async (): Promise<string[]> => {
      const { text } = await run('--json')
      return (JSON.parse(text) as { sheets: { model: string }[] }).sheets.map(({ model }) => model)
    }
    const expected = ['llamacpp://a.gguf', 'llamacpp://a.gguf', 'vllm://Qwen/Qwen2.5-0.5B-Instruct']
    expect(await models()).toEqual(expected)
    rmSync(file)
    expect(await models()).toEqual(expected)
    rmSync(join(logs, 'memory-imported.json'))
    expect(await models()).toEqual(expected.slice(0, 2))
  })

  test.each([
    [['gone.log'], /^gone\.log cannot be read: /],
    [['empty.log'], /^empty\.log tells nothing of memory: name a log of llama\.cpp \(with -lv 4\)/],
    [['--import'], /^--import needs a path\. See: jarvis memory --help$/],
    [['--ctx', '4096'], /^--ctx needs a path\./],
    [['empty.log', '--ctx', '4k'], /^Expected --ctx to be a number of tokens, got `4k`\.$/],
    [['empty.log', '--rebuild'], /^--rebuild takes no path\./],
    [['--rebuilt'], /Did you mean --rebuild\?/],
  ])('%j is a mistake that is told', async (args, message) => {
    const { cwd, run } = project()
    writeFileSync(join(cwd, 'empty.log'), 'hello\n')
    await expect(run(...args)).rejects.toThrow(message)
  })
})
