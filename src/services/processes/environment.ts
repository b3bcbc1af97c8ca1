/** What a service sees of this process's environment; a trailing `*` stands for any ending. */
const ALLOWED = `
  PATH HOME USER LOGNAME SHELL LANG LANGUAGE LC_* TZ TMPDIR XDG_*
  CUDA_* NVIDIA_* NCCL_* HIP_* HSA_* ROC* GPU_* ZE_* ONEAPI_*
  HF_* HUGGINGFACE_* TRANSFORMERS_* TORCH_* PYTORCH_* TRITON_* OMP_* MKL_*
  OLLAMA_* VLLM_* LLAMA_* GGML_* DOCKER_*
  PYTHON* VIRTUAL_ENV CONDA_* UV_* LD_LIBRARY_PATH DYLD_*
  HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY SSL_CERT_* REQUESTS_CA_BUNDLE CURL_CA_BUNDLE
  NODE_EXTRA_CA_CERTS
  SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT TEMP TMP APPDATA LOCALAPPDATA PROGRAMDATA
  PROGRAMFILES* COMMONPROGRAM* USERPROFILE USERNAME HOMEDRIVE HOMEPATH OS
  NUMBER_OF_PROCESSORS PROCESSOR_*`
  .trim()
  .split(/\s+/)

const exact = new Set(ALLOWED.filter((name) => !name.endsWith('*')))
const prefixes = ALLOWED.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1))

/**
 * The environment of a service: an allow-list of this one, then what the engine or the plan adds. A service
 * does not inherit the secrets of the shell, nor options meant for this process such as NODE_OPTIONS.
 */
export function serviceEnvironment(
  from: NodeJS.ProcessEnv,
  added: Record<string, string>,
): Record<string, string> {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(from)) {
    if (value !== undefined && isAllowed(name.toUpperCase())) env[name] = value
  }
  // Python buffers what it prints to a file: a crash would lose the last lines, the ones that say why.
  return { ...env, PYTHONUNBUFFERED: '1', ...added }
}

function isAllowed(name: string): boolean {
  return exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix))
}
