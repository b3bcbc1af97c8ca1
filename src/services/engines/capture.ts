import { execFile } from 'node:child_process'
import { printable } from '../printable.ts'

/** What a short program said. */
export interface Captured {
  /** Null when it could not be started or did not end in time. */
  code: number | null
  stdout: string
  stderr: string
}

const MAX_BYTES = 4 * 1024 * 1024
const LONGEST_COMPLAINT = 300

/** Runs a short program to its end, for `timeout` milliseconds at most. Never rejects. */
export function capture(
  file: string,
  args: readonly string[],
  options: { env: NodeJS.ProcessEnv; timeout: number },
): Promise<Captured> {
  const { promise, resolve } = Promise.withResolvers<Captured>()
  const limits = { ...options, killSignal: 'SIGKILL', maxBuffer: MAX_BYTES } as const
  // A batch file of Windows needs its shell; the arguments are ours.
  const shell = process.platform === 'win32' && /\.(?:cmd|bat)$/i.test(file)
  try {
    execFile(file, args, { ...limits, shell, windowsHide: true }, (error, stdout, stderr) => {
      const failed = typeof error?.code === 'number' ? error.code : null
      resolve({ code: error === null ? 0 : failed, stdout, stderr })
    })
  } catch (error) {
    resolve({ code: null, stdout: '', stderr: String(error) })
  }
  return promise
}

/** The last line of what it complained about, on one line; `no answer in time` when it said nothing. */
export function complaintOf({ code, stdout, stderr }: Captured): string {
  const lines = `${stdout}\n${stderr}`.split('\n').map((line) => printable(line, LONGEST_COMPLAINT))
  const last = lines.filter((line) => line !== '').at(-1)
  return last ?? (code === null ? 'no answer in time' : `exit code ${code}`)
}
