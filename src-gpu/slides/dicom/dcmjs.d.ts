/** What is used of dcmjs, which has no types of its own; files are written and read with it in tests. */
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
      DicomMetaDictionary: { dictionary: Record<string, { vr: string } | undefined> };
      DicomMessage: { readFile(file: ArrayBuffer): DicomDict };
    };
    log: { setLevel(level: string): void };
  };
  export default dcmjs;
}
