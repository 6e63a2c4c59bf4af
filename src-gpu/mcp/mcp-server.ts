/**
 * The tools of UniCell for programs that speak the Model Context Protocol.
 *
 * @module
 */
import { McpServer } from '@modelcontextprotocol/server';
import type { McpContext } from './mcp-context.ts';
import { addOverviewTool } from './overview-tool.ts';
import { addPictureTools } from './picture-tools.ts';
import { addSlideTools } from './slide-tools.ts';

/** A server for one caller. */
export function mcpServer(context: McpContext): McpServer {
  const server = new McpServer(
    { name: 'unicell', title: 'UniCell Edge', version: context.version },
    {
      instructions:
        'Finds and names the cell nuclei of H&E pictures and slides. Research use only: never for diagnosis. Say the dataset and the resolution with every count; readings of one slide under several datasets are of the same cells and are not added up.',
    },
  );
  addPictureTools(server, context);
  addSlideTools(server, context);
  addOverviewTool(server, context);
  return server;
}
