/**
 * Keeps ONNX Runtime from reporting: from 1.29 on its builds for Linux and macOS send the names and hashes of models and
 * what machine it is to their maker, and leave an identifier of the machine in the home folder and a log file per process
 * in the temporary one (microsoft/onnxruntime#27379). A service in a hospital sends nothing that nobody asked for.
 *
 * Imported for its effect, before `onnxruntime-node` and by whoever starts a thread that imports it: the library asks
 * once, when it is loaded, and what a thread writes into its environment the library does not see.
 *
 * @module
 */
process.env.ORT_DISABLE_TELEMETRY ||= '1';
