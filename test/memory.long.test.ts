// @module-tag long
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { canStandIn } from './support/nvidia-smi.ts'
import { memoryProject, vllmProject } from './support/memory-project.ts'
import { run } from './support/run.ts'

const PROGRAM = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

/** Lines without what differs between two machines. */
function normal(text: string): string {
  const texts: [RegExp, string][] = [
    [/^\[\d\d:\d\d:\d\d\] /gm, ''],
    [/pid \d+/g, 'pid <pid>'],
    [/port \d+/g, 'port <port>'],
    [/\d+\.\d+s\b/g, '<s>'],
    [/RUN_\d{8}_\d{6}/g, 'RUN_<time>'],
    [/_\d{8}_\d{6}/g, '_<time>'],
    [/VRAM: (?:[\d.]+ GB|n\/a)/g, 'VRAM: <n>'],
    // On a busy machine nobody is told of in time.
    [/ Held by others: \S+ \(pid <pid>\) 1\.20 GB\./g, ''],
  ]
  return texts.reduce((all, [from, to]) => all.replaceAll(from, to), text)
}

test.skipIf(!canStandIn)(
  'the doctor tells of a whole plan what fits into a card of 24 GB (stand-ins)',
  () => {
    const { project, env } = memoryProject()
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'doctor'], {
      cwd: project.root,
      env: { ...env, XDG_RUNTIME_DIR: project.runtime },
      encoding: 'utf8',
    })
    expect(status, stderr).toBe(2)
    const lines = stdout.split('\n')
    const from = lines.findIndex((line) => /^\S+ +gpu /.test(line))
    const to = lines.findIndex((line) => /^\S+ +disk /.test(line))
    expect(normal(lines.slice(from, to).join('\n'))).toMatchInlineSnapshot(`
      "ok       gpu        GPU 0  NVIDIA GeForce RTX 4090: 1.70 of 23.99 GB in use.
      ok       memory     llamacpp://models/fits.gguf#ctx=8192  It needs at least 5.01 GB, and 22.29 GB of 23.99 GB of GPU 0 are free.
                          weights 4.00 GB (predicted)
                          KV cache 1.00 GB (predicted)
                          compute buffer 8 MB (predicted)
                          overhead not known (no run has shown what the process takes besides)
                          rests on context 8,192; 4 slots, one unified cache; K and V in f16; Flash Attention on; 512 tokens computed at a time; of the buffer for computing only what grows with the context
      ok       memory     llamacpp://models/spills.gguf#ctx=8192  It needs at least 11.01 GB, and 22.29 GB of 23.99 GB of GPU 0 are free.
                          weights 10.00 GB (predicted)
                          KV cache 1.00 GB (predicted)
                          compute buffer 8 MB (predicted)
                          overhead not known (no run has shown what the process takes besides)
                          rests on context 8,192; 4 slots, one unified cache; K and V in f16; Flash Attention on; 512 tokens computed at a time; of the buffer for computing only what grows with the context
      missing  memory     llamacpp://models/too-long.gguf#ctx=131072  It does not fit: it needs at least 28.13 GB, and 22.29 GB of 23.99 GB of GPU 0 are free.
                          weights 12.00 GB (predicted)
                          KV cache 16.00 GB (predicted)
                          compute buffer 128 MB (predicted)
                          overhead not known (no run has shown what the process takes besides)
                          rests on context 131,072; 4 slots, one unified cache; K and V in f16; Flash Attention on; 512 tokens computed at a time; of the buffer for computing only what grows with the context
                          → The largest context that fits is #ctx=83456.
      warn     memory     llamacpp://models/new.gguf#ctx=8192  It needs at least 4.00 GB, and 22.29 GB of 23.99 GB of GPU 0 are free. Whether it fits is not known.
                          weights 4.00 GB (predicted)
                          KV cache not known (the architecture of-next-year is not known)
                          compute buffer not known (the architecture of-next-year is not known)
                          overhead not known (no run has shown what the process takes besides)"
    `)
  },
)

test.skipIf(!canStandIn)(
  'of four models on a card of 24 GB one fits, one spills, one cannot and one is unknown (stand-ins)',
  async () => {
    const { project, env } = memoryProject()
    const { code, output, session } = await run(project, { env })
    expect(code, output).toBe(1)
    const rows = session!.results('llm').map(({ models, status, flags, gpu_share }) => {
      return [...models, status, flags?.includes('cpu_offload'), gpu_share ?? null]
    })
    expect(rows).toEqual([
      ['llamacpp://models/fits.gguf#ctx=8192', 'PASSED', false, null],
      ['llamacpp://models/spills.gguf#ctx=8192', 'PASSED', true, 0.606],
      ['llamacpp://models/too-long.gguf#ctx=131072', 'MISSING', false, null],
      ['llamacpp://models/new.gguf#ctx=8192', 'PASSED', true, 0],
    ])
    expect(normal(session!.text('progression.log'))).toMatchInlineSnapshot(`
      "[INFO] Starting Test Run: Four models on a card of 24 GB
      [INFO] Switching to Domain: llm
      [INFO] Loading Model: llamacpp://models/fits.gguf#ctx=8192
      [DEBUG] Service Started: models/fits.gguf (pid <pid>, port <port>, svc_llm_models--fits.gguf_<time>.log)
      [DEBUG] Warming Up: llamacpp://models/fits.gguf#ctx=8192
      [INFO] Memory Taken: llamacpp://models/fits.gguf#ctx=8192 (weights 4.00 GB, KV cache 1.00 GB; 33 of 33 layers on the GPU, NVIDIA GeForce RTX 4090)
      [INFO] Model Ready: llamacpp://models/fits.gguf#ctx=8192 (Setup: <s>, VRAM: <n>)
      [INFO] Scenario echoes: PASSED (Duration: <s>)
      [DEBUG] Service Stopped: models/fits.gguf (code 0)
      [INFO] Loadout Stopped: llamacpp://models/fits.gguf#ctx=8192 (Cleanup: <s>)
      [INFO] Loading Model: llamacpp://models/spills.gguf#ctx=8192
      [DEBUG] Service Started: models/spills.gguf (pid <pid>, port <port>, svc_llm_models--spills.gguf_<time>.log)
      [DEBUG] Warming Up: llamacpp://models/spills.gguf#ctx=8192
      [INFO] Memory Taken: llamacpp://models/spills.gguf#ctx=8192 (weights 10.00 GB, KV cache 1.00 GB; 20 of 33 layers on the GPU, NVIDIA GeForce RTX 4090)
      [INFO] Model Ready: llamacpp://models/spills.gguf#ctx=8192 (Setup: <s>, VRAM: <n>)
      [WARN] llamacpp://models/spills.gguf#ctx=8192 does not lie on the GPU as a whole (61 %): 20 of 33 layers lie on the GPU. Its results have the flag cpu_offload.
      [INFO] Scenario echoes: PASSED (Duration: <s>)
      [DEBUG] Service Stopped: models/spills.gguf (code 0)
      [INFO] Loadout Stopped: llamacpp://models/spills.gguf#ctx=8192 (Cleanup: <s>)
      [INFO] What llamacpp://models/too-long.gguf#ctx=131072 needs is made of weights 12.00 GB (predicted), KV cache 16.00 GB (predicted), compute buffer 128 MB (predicted), overhead not known (no run has shown what the process takes besides). It rests on context 131,072; 4 slots, one unified cache; K and V in f16; Flash Attention on; 512 tokens computed at a time; of the buffer for computing only what grows with the context.
      [ERROR] Error: llamacpp://models/too-long.gguf#ctx=131072 is not loaded, the memory for it is not here: it needs at least 28.13 GB, and 22.29 GB of 23.99 GB of GPU 0 are free. The largest context that fits is #ctx=83456. Or load it all the same: settings: { memory: warn }
      [ERROR] Scenario echoes: MISSING
      [INFO] llamacpp://models/new.gguf#ctx=8192 needs at least 4.00 GB, and 22.29 GB of 23.99 GB of GPU 0 are free. Whether it fits is not known. It is made of weights 4.00 GB (predicted), KV cache not known (the architecture of-next-year is not known), compute buffer not known (the architecture of-next-year is not known), overhead not known (no run has shown what the process takes besides).
      [INFO] Loading Model: llamacpp://models/new.gguf#ctx=8192
      [DEBUG] Service Started: models/new.gguf (pid <pid>, port <port>, svc_llm_models--new.gguf_<time>.log)
      [DEBUG] Warming Up: llamacpp://models/new.gguf#ctx=8192
      [INFO] Memory Taken: llamacpp://models/new.gguf#ctx=8192 (weights 1000 MB, KV cache 512 MB, compute 20 MB; 8192 tokens, cpu)
      [INFO] Model Ready: llamacpp://models/new.gguf#ctx=8192 (Setup: <s>, VRAM: <n>)
      [WARN] llamacpp://models/new.gguf#ctx=8192 does not lie on the GPU as a whole (0 %): all of it lies in main memory. Its results have the flag cpu_offload.
      [INFO] Scenario echoes: PASSED (Duration: <s>)
      [DEBUG] Service Stopped: models/new.gguf (code 0)
      [INFO] Loadout Stopped: llamacpp://models/new.gguf#ctx=8192 (Cleanup: <s>)
      [INFO] Finished Test Run: FAILED (3 passed, 0 failed, 1 missing) in <s>
      "
    `)
  },
)

test.skipIf(!canStandIn)(
  'vLLM is told the card that has room, and what to take of it for its context (stand-ins)',
  async () => {
    const { project, env } = vllmProject()
    const { code, output, session } = await run(project, { env })
    expect(code, output).toBe(0)
    const story = normal(session!.text('progression.log'))
    expect(story.split('\n').filter((line) => line.includes('is told'))).toMatchInlineSnapshot(`
      [
        "[INFO] vllm://stand-in/eight#ctx=16384 is told what to take of GPU 1: --kv-cache-memory-bytes 2254857831: weights 8.00 GB, cache 2.10 GB (one conversation, margin 5 %), 2.00 GB for computing, 1.01 GB for graphs; between 0.05 and 0.95 of each GPU.",
        "[INFO] vllm://stand-in/eight#ctx=16384 is told to use GPU 1 (GPU-00000001-0000-4000-8000-000000000000).",
      ]
    `)
    const [spawned] = session!.eventsOf('service_spawned')
    expect(session!.text(spawned!.log)).toContain('"kv-cache-memory-bytes":"2254857831"')
    const system = parse(session!.text('system_info.yaml')) as Record<
      string,
      Record<string, string>
    >
    expect(system['memory']!['vllm://stand-in/eight#ctx=16384']).toContain(
      '--kv-cache-memory-bytes 2254857831: weights 8.00 GB',
    )
    // What is free on a night is no version of an engine: nothing that compares those sees it.
    expect(JSON.stringify(system['engines'])).not.toContain('kv-cache')
  },
)
