import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const TIMEOUT_MS = 5_000
/** What each process holds of a GPU's own memory and of the machine's, and who started whom. Names of counters are not translated. */
const QUERY = [
  'Get-CimInstance Win32_PerfFormattedData_GPUPerformanceCounters_GPUProcessMemory |',
  'ForEach-Object { "$($_.Name),$($_.DedicatedUsage),$($_.SharedUsage)" };',
  'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId),$($_.ParentProcessId)" }',
].join(' ')

/** Bytes that a process and all that it has started hold. */
export interface DriverMemory {
  /** Of the GPUs' own memory. */
  own: number
  /** Of the machine's: Windows' driver moves models there, silently, where a GPU is full. */
  shared: number
}

/** What Windows tells of the GPU memory of a tree of processes; null where it tells nothing. Never rejects. */
export async function driverMemory(root: number): Promise<DriverMemory | null> {
  const args = ['-NoProfile', '-NonInteractive', '-Command', QUERY]
  const options = { timeout: TIMEOUT_MS, windowsHide: true, maxBuffer: 16 * 1_024 * 1_024 }
  try {
    const { stdout } = await promisify(execFile)('powershell.exe', args, options)
    return memoryOfTree(root, stdout)
  } catch {
    return null
  }
}

/** The same from what the query prints: `pid_4711_luid_0x00000000_0x0000D3F1_phys_0,BYTES,BYTES` and `PID,PARENT`. */
export function memoryOfTree(root: number, text: string): DriverMemory | null {
  const lines = text.split(/\r?\n/)
  const children = new Map<number, number[]>()
  for (const line of lines) {
    const [, pid, parent] = /^(\d+),(\d+)$/.exec(line.trim()) ?? []
    if (pid === undefined || pid === parent) continue
    children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(pid)])
  }
  const tree = new Set([root])
  for (const pid of tree) for (const child of children.get(pid) ?? []) tree.add(child)
  let held: DriverMemory | null = null
  for (const line of lines) {
    const [, pid, own, shared] = /^pid_(\d+)_\S*,(\d+),(\d+)$/.exec(line.trim()) ?? []
    if (pid === undefined || !tree.has(Number(pid))) continue
    held ??= { own: 0, shared: 0 }
    held.own += Number(own)
    held.shared += Number(shared)
  }
  return held
}
