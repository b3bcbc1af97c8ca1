// A stand-in for the `llama-server` that Ollama ships in its library folder and starts for each model. It holds
// no model and lives until it is told to go, also when the server that started it is gone.
process.on('SIGTERM', () => process.exit(0))
setInterval(() => {}, 60_000)
process.stdout.write('ready\n')
