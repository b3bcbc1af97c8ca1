import { parseArgs } from 'node:util'
import { JarvisError, messageOf } from '../errors.ts'
import { parseFaults, type Faults } from './faults.ts'

/** How the engine behaves. Times are seconds. */
export interface SimOptions {
  port: number
  model: string
  loadTime: number
  loadEager: boolean
  ttft: number
  /** Tokens per second. */
  rate: number
  /** Bytes of the loaded model. */
  memory: number
  /** Part of the memory that is not on the GPU, 0 to 1. */
  cpuShare: number
  seed: number
  /** Speak this text instead of serving; null: serve. */
  speak: string | null
  faults: Faults
}

export const HELP = `The embedded engine of jarvis: a simulator that speaks the OpenAI and Ollama protocols.

Usage: node main.js --port N --model NAME [options]

  --port N            TCP port on 127.0.0.1; 0 takes a free one and prints it (default 0)
  --model NAME        the model it serves (default sim)
  --load-time S       seconds that loading takes (default 0.2)
  --load-eager        load at start and keep loaded
  --ttft S            seconds to the first token or first audio (default 0.02)
  --rate N            tokens per second; 0.25 s of audio is one token (default 200)
  --memory GB         size of the loaded model (default 0.5)
  --cpu-share X       part of the memory that is not on the GPU, 0 to 1 (default 0)
  --seed N            picks the words of long texts (default 0)
  --fault NAME[:ARG]  misbehave; repeatable: exit-after:N hang[:N] 500[:N] garbled[:N]
                      slow-start:S crash-starting crash-loading port-taken no-model flood:N
                      ignore-sigterm child child-setsid
  --speak TEXT        write the speech of a text to stdout, as a WAV file, and end
  --help              print this

All numbers that it reports describe the simulator. See docs/simulator.md.
`

const BYTES_PER_GB = 1024 ** 3

/** Reads the command line; null where help was asked for. Throws a USAGE error. */
export function parseOptions(args: readonly string[]): SimOptions | null {
  const values = parseFlags(args)
  if (values.help) return null
  const rate = numberOf('rate', values.rate)
  if (rate === 0) throw new JarvisError('USAGE', 'Expected --rate above 0.')
  return {
    port: numberOf('port', values.port, { max: 65_535, whole: true }),
    model: nameOf(values.model),
    loadTime: numberOf('load-time', values['load-time']),
    loadEager: values['load-eager'],
    ttft: numberOf('ttft', values.ttft),
    rate,
    memory: Math.round(numberOf('memory', values.memory) * BYTES_PER_GB),
    cpuShare: numberOf('cpu-share', values['cpu-share'], { max: 1 }),
    seed: numberOf('seed', values.seed, { whole: true }),
    speak: values.speak ?? null,
    faults: parseFaults(values.fault),
  }
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '0' },
        model: { type: 'string', default: 'sim' },
        'load-time': { type: 'string', default: '0.2' },
        'load-eager': { type: 'boolean', default: false },
        ttft: { type: 'string', default: '0.02' },
        rate: { type: 'string', default: '200' },
        memory: { type: 'string', default: '0.5' },
        'cpu-share': { type: 'string', default: '0' },
        seed: { type: 'string', default: '0' },
        speak: { type: 'string' },
        fault: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (thrown) {
    throw new JarvisError('USAGE', messageOf(thrown), { cause: thrown })
  }
}

function numberOf(flag: string, text: string, { max = 1e9, whole = false } = {}): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!(value >= 0 && value <= max) || (whole && !Number.isInteger(value))) {
    const kind = whole ? 'a whole number' : 'a number'
    throw new JarvisError(
      'USAGE',
      `Expected --${flag} to be ${kind} from 0 to ${max}, got "${text}".`,
    )
  }
  return value
}

function nameOf(text: string): string {
  const name = text.trim()
  if (!name) throw new JarvisError('USAGE', 'Expected --model to be a name.')
  return name
}
