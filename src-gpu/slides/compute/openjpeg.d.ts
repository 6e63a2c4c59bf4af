/** What is used of the WebAssembly build of OpenJPEG, which comes without types. */
declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  export interface FrameInfo {
    readonly width: number;
    readonly height: number;
    readonly bitsPerSample: number;
    readonly componentCount: number;
    readonly isSigned: boolean;
  }
  export interface Decoder {
    /** A view of the decoder's memory for the codestream. */
    getEncodedBuffer(bytes: number): Uint8Array;
    decode(): void;
    getFrameInfo(): FrameInfo;
    /** A view of the decoder's memory; samples interleaved. */
    getDecodedBuffer(): Uint8Array;
    delete(): void;
  }
  export interface OpenJpegModule {
    readonly J2KDecoder: new () => Decoder;
    getExceptionMessage?(pointer: number): string;
  }
  export default function start(options: {
    readonly print: (text: string) => void;
    readonly printErr: (text: string) => void;
  }): Promise<OpenJpegModule>;
}
