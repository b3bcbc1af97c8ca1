import { z } from 'zod'
import { messageOf } from '../errors.ts'
import type { Fault } from './mistakes.ts'
import { checked, port, seconds, section, text } from './schema-parts.ts'
import { type Role, ROLES } from './roles.ts'
import { splitWords } from './words.ts'

/** A service as it stands in the file, defaults filled in. */
export interface ServiceSource {
  command: string | (string | number | boolean)[]
  port?: number | undefined
  model?: string | undefined
  ready?:
    | {
        url?: string | undefined
        port?: number | true | undefined
        log?: string | undefined
        timeout?: number | undefined
      }
    | undefined
  api: 'openai' | 'whispercpp' | 'none'
  role?: Role | Role[] | undefined
  env: Record<string, string | number | boolean>
  cwd?: string | undefined
  grace?: number | undefined
}

const ready = section('a mapping with url, port or log, and timeout', {
  url: checked(text('an http or https URL'), urlFault)
    .optional()
    .describe(
      'Ready when a GET answers with a status below 400. {port} is the port of the service.',
    ),
  port: z
    .union([z.literal(true), port], `true for the port of the service, or a port`)
    .optional()
    .describe('Ready when this port accepts a connection; true means the port of the service.'),
  log: checked(text('a regular expression'), expressionFault)
    .optional()
    .describe('Ready when a line of the log matches this regular expression.'),
  timeout: seconds().optional().describe('Seconds; startup_timeout of the plan where absent.'),
}).superRefine((value, context) => {
  const ways = [value.url, value.port, value.log].filter((way) => way !== undefined)
  if (ways.length < 2) return
  const fault = { message: 'a service is ready in one way', expected: 'one of url, port and log' }
  context.addIssue({ code: 'custom', message: fault.message, params: { fault } })
})

const rolesText = `one of: ${ROLES.join(', ')}; or a list of them`
const role = z.enum(ROLES, `one of: ${ROLES.join(', ')}`)

/** A name that a system can give to a program. */
const variable = z
  .string('the name of a variable, without =')
  .regex(/^[^=]+$/, 'the name of a variable, without =')
const argument = z.union([z.string(), z.number(), z.boolean()], 'text')
const program = 'a command such as python server.py --port {port}'

/** One entry of `services`. */
export const service = section('a mapping with at least a command', {
  command: z
    .union(
      [checked(z.string(program), commandFault), z.array(argument, program).min(1, program)],
      program,
    )
    .describe(
      'Program and arguments, run without a shell. A server (native://) gets {port}, {model}, {log_dir}; ' +
        'a program for each request (cli://) gets {input}, {output}, {model}: without {input} it reads ' +
        'from stdin, without {output} it writes to stdout.',
    ),
  port: port.optional().describe('A fixed port; a free one is chosen where absent.'),
  model: text("the model's name")
    .optional()
    .describe(
      'The model as the service knows it, for {model} and requests. Default: its own name.',
    ),
  ready: ready.optional().describe('When the service counts as ready. Default: its port is open.'),
  api: z
    .enum(['openai', 'whispercpp', 'none'], 'one of: openai, whispercpp, none')
    .default('openai')
    .describe('Which protocol scenarios may speak to it; whispercpp: POST /inference.'),
  role: z
    .union([role, z.array(role, rolesText).min(1, rolesText)], rolesText)
    .optional()
    .describe(
      'What it is for: llm, vlm, stt, tts, embed, rerank. Default: by its place in a loadout.',
    ),
  env: z
    .record(variable, argument, 'a mapping of names to values')
    .default({})
    .describe('Environment variables of the service. Write secrets as ${NAME}.'),
  cwd: text('a path')
    .optional()
    .describe('Working directory; `~` is the home folder. Default: that of the run.'),
  grace: seconds('0').optional().describe('Seconds between a polite stop and force.'),
})

function commandFault(value: string): Fault | null {
  const split = splitWords(value)
  return 'fault' in split ? split.fault : null
}

function urlFault(value: string): Fault | null {
  const filled = value.replaceAll('{port}', '1')
  if (/^https?:\/\//i.test(value) && URL.canParse(filled)) return null
  return {
    message: 'this is not a URL',
    expected: 'a URL such as "http://127.0.0.1:{port}/health"',
  }
}

function expressionFault(value: string): Fault | null {
  try {
    RegExp(value)
    return null
  } catch (error) {
    const reason = messageOf(error).replace(/^.*: /s, '')
    return {
      message: `this is not a regular expression: ${reason}`,
      expected: String.raw`one of JavaScript's, with \( \[ \. \* \+ \? for the characters themselves`,
    }
  }
}
