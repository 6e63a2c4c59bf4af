import { testContract } from '../../test/api/contract.ts';
import { gpuForTests } from '../../test/support/gpu-service.ts';

const service = await gpuForTests({ ALLOWED_ORIGINS: 'https://viewer.example' });

testContract('gpu', () => service.url);
