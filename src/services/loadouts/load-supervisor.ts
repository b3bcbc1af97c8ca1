type SupervisorClass = (typeof import('./supervisor.ts'))['Supervisor']

/**
 * The supervisor with its engines and with what starts processes, which take as long to load as a service
 * takes to start: begun while Vitest and the watchdog start, they cost a run nothing.
 */
export async function loadSupervisor(): Promise<SupervisorClass> {
  const [{ Supervisor }] = await Promise.all([import('./supervisor.ts'), import('execa')])
  return Supervisor
}
