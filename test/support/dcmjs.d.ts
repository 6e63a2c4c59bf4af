/** What tests use of dcmjs, which has no types of its own. */
declare module 'dcmjs' {
  type DataSet = Record<string, { vr: string; Value?: unknown[] }>;
  interface DicomDict {
    readonly meta: DataSet;
    dict: DataSet;
    write(): ArrayBuffer;
  }
  const dcmjs: {
    data: {
      DicomDict: new (meta: DataSet) => DicomDict;
      DicomMessage: { readFile(file: ArrayBuffer): DicomDict };
    };
    log: { setLevel(level: string): void };
  };
  export default dcmjs;
}
