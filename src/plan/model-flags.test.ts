import { expect, test } from 'vitest'
import { parseOptions } from '../sim/options.ts'
import { simFlags } from './model-flags.ts'
import { readModelUri } from './model-uri.ts'
import { parsePlan } from './parse.ts'

test.for([
  'ollama://x#ctx=8192#num_gpu=0#keep_alive=-1#stream#api=openai',
  'ollama://x#keep_alive=1h30m',
  'vllm://a/b#ctx=16k#gpu_util=0.85#mm=image:2,video:0#dtype=bfloat16#enforce_eager#format=mp3',
  'vllm://a/b#mm#quantization=awq#kv_cache_dtype=fp8#max_num_seqs=4#tensor_parallel=2#seed=0',
  'vllm://a/b#mm=2#revision=refs/pr/1#trust_remote_code',
  'llamacpp://a/b:Q4#ctx=0#ngl=all#threads=4#parallel=1#batch=512#ubatch=512#fa=auto#mmproj=./x.gguf',
  'llamacpp://a/b:Q4#cache_type_k=q8_0#cache_type_v=q8_0',
  'openai://gpt@http://h#key=MY_KEY#stream#ctx=8192',
  'native://my-service#flag#key=value#voice=Emily.wav',
  'openai://gpt@http://h#omit=seed,temperature,stream_options',
  'cli://whisper#args=a=b',
  'sim://x#load=0#load_eager#ttft=0.1#rate=1e3#memory=2#cpu_share=1#seed=3#fault=hang:2,child',
])('%s has flags that its engine takes', (text) => {
  expect(readModelUri(text)).toHaveProperty('uri')
})

test('all mistakes in the flags of a plan are told, each where it stands', () => {
  const text = `name: x
execution:
  - domain: llm
    loadouts:
      - ["sim://x#bogus", "sim://x#port=18765"]
      - sim://x#ctx
      - "sim://y#load=abc#fault=hnag#cpu_share=1.5#rate=0"
      - vllm://x#gpu_util#enforce_eager=1
      - ollama://x#straem
      - llamacpp://a/b#ctx=many#fa=onn
      - native://x#stream=yes
      - native://x#omit=seed,tempreature
      - \${SET}
      - sim://z#load=\${UNSET}
`
  expect(() => parsePlan(text, 'plans/x.yaml', { env: { SET: 'ollama://y#ctx=0' } }))
    .toThrowErrorMatchingInlineSnapshot(`
      [JarvisError: plans/x.yaml:5:18  sim:// has no flag #bogus
        5 |       - ["sim://x#bogus", "sim://x#port=18765"]
          |                  ^^^^^^
        expected one of: #api, #channels, #cpu_share, #fault, #format, #load, #load_eager, #memory, #omit, #rate, #sample_rate, #seed, #stream, #ttft, #voice

      plans/x.yaml:5:35  sim:// has no flag #port
        5 |       - ["sim://x#bogus", "sim://x#port=18765"]
          |                                   ^^^^^^^^^^^
        expected one of: #api, #channels, #cpu_share, #fault, #format, #load, #load_eager, #memory, #omit, #rate, #sample_rate, #seed, #stream, #ttft, #voice

      plans/x.yaml:6:16  sim:// has no flag #ctx
        6 |       - sim://x#ctx
          |                ^^^^
        expected one of: #api, #channels, #cpu_share, #fault, #format, #load, #load_eager, #memory, #omit, #rate, #sample_rate, #seed, #stream, #ttft, #voice

      plans/x.yaml:7:23  unexpected value of #load: "abc"
        7 |       - "sim://y#load=abc#fault=hnag#cpu_share=1.5#rate=0"
          |                       ^^^
        expected #load= with a number of seconds, 0 or more, or a duration such as 30s

      plans/x.yaml:7:33  unexpected value of #fault: "hnag"
        7 |       - "sim://y#load=abc#fault=hnag#cpu_share=1.5#rate=0"
          |                                 ^^^^
        expected #fault= with one or several of: 500[:N], exit-after:N, hang[:N], garbled[:N], slow-start:N, crash-starting, crash-loading, port-taken, no-model, flood:N, ignore-sigterm, child, child-setsid
        did you mean "hang"?

      plans/x.yaml:7:48  unexpected value of #cpu_share: "1.5"
        7 |       - "sim://y#load=abc#fault=hnag#cpu_share=1.5#rate=0"
          |                                                ^^^
        expected #cpu_share= with a share from 0 to 1

      plans/x.yaml:7:57  unexpected value of #rate: "0"
        7 |       - "sim://y#load=abc#fault=hnag#cpu_share=1.5#rate=0"
          |                                                         ^
        expected #rate= with a number of tokens per second above 0

      plans/x.yaml:8:17  #gpu_util lacks its value
        8 |       - vllm://x#gpu_util#enforce_eager=1
          |                 ^^^^^^^^^
        expected #gpu_util= with a share of the GPU memory above 0 and up to 1, such as 0.85

      plans/x.yaml:8:41  unexpected value of #enforce_eager: "1"
        8 |       - vllm://x#gpu_util#enforce_eager=1
          |                                         ^
        expected #enforce_eager alone

      plans/x.yaml:9:19  ollama:// has no flag #straem
        9 |       - ollama://x#straem
          |                   ^^^^^^^
        expected one of: #api, #channels, #ctx, #format, #keep_alive, #num_gpu, #omit, #sample_rate, #stream, #voice
        did you mean "#stream"?

      plans/x.yaml:10:28  unexpected value of #ctx: "many"
        10 |       - llamacpp://a/b#ctx=many#fa=onn
           |                            ^^^^
        expected #ctx= with a number of tokens such as 8192, or 0 for all of the model

      plans/x.yaml:10:36  unexpected value of #fa: "onn"
        10 |       - llamacpp://a/b#ctx=many#fa=onn
           |                                    ^^^
        expected #fa= with one of: on, off, auto
        did you mean "on"?

      plans/x.yaml:11:27  unexpected value of #stream: "yes"
        11 |       - native://x#stream=yes
           |                           ^^^
        expected #stream alone

      plans/x.yaml:12:25  unexpected value of #omit: "seed,tempreature"
        12 |       - native://x#omit=seed,tempreature
           |                         ^^^^^^^^^^^^^^^^
        expected #omit= with names of parameters: stream_options, seed, temperature, max_tokens, response_format, language

      plans/x.yaml:13:9  unexpected value of #ctx: "0"
        13 |       - \${SET}
           |         ^^^^^^
        expected #ctx= with a number of tokens such as 8192

      plans/x.yaml:14:22  the environment variable UNSET is not set
        14 |       - sim://z#load=\${UNSET}
           |                      ^^^^^^^^
        expected export UNSET=value ($env:UNSET = 'value' in PowerShell) before the run, or a default: \${UNSET:-value}]
    `)
})

test.for([
  ['load', ['0', '0.5', '1e3', '-1', 'abc', '1e10']],
  ['ttft', ['0', '-0.1', 'x']],
  ['rate', ['1', '0.1', '0', 'x']],
  ['memory', ['0', '2.5', '-1']],
  ['cpu_share', ['0', '1', '1.01']],
  ['seed', ['0', '7', '1.5', '-1']],
  ['fault', ['hang', 'hang:2', 'child,hang', 'hnag', 'exit-after', 'child:2', 'hang:0']],
  ['load_eager', [true, 'yes']],
] as const)(
  'the simulator takes what the plan takes as #%s, and nothing else',
  ([flag, values]) => {
    const option = `--${flag === 'load' ? 'load-time' : flag.replace('_', '-')}`
    for (const value of values) {
      const words = value === true ? [option] : [`${option}=${value}`]
      expect([value, simFlags[flag].accepts(value)]).toEqual([value, simTakes(words)])
    }
  },
)

function simTakes(words: string[]): boolean {
  try {
    parseOptions(words)
    return true
  } catch {
    return false
  }
}
