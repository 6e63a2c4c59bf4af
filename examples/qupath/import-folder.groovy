/**
 * Imports the nuclei that UniCell Edge found in the image at hand from a folder of its GeoJSON files (formats
 * qupath and qupath-circles, gzipped or not). For QuPath 0.4 and newer.
 *
 * The folder is `unicell` in the project's folder, or the argument:
 *   QuPath script import-folder.groovy --project my.qpproj --save --args /results
 * "Run > Run for project" in the script editor imports for every image of a project.
 *
 * A file belongs to an image when the name in its head is that of the image or of its file. Results in several
 * parts are imported only when all parts are there. What was imported before is not imported again: the same
 * nucleus has the same id in every run.
 */
import qupath.lib.io.GsonTools
import qupath.lib.io.PathIO

def given = binding.hasVariable('args') ? args : []
def folder = new File(given.size() > 0 ? given[0] : buildFilePath(PROJECT_BASE_DIR, 'unicell'))
if (!folder.isDirectory()) {
    throw new IOException("${folder} is no folder. Put UniCell's .geojson files there, or pass their folder with --args.")
}

def image = getCurrentImageName()
def names = ([image] + getCurrentServer().getURIs().collect { new File(it.getPath() ?: '').getName() }) as Set

// What stands before the features: what the file is of, without reading all of it.
def headOf = { File file ->
    def plain = { it.getName().endsWith('.gz') ? new java.util.zip.GZIPInputStream(it.newInputStream()) : it.newInputStream() }
    def text = plain(file).withCloseable { new String(it.readNBytes(65536), 'UTF-8') }
    def end = text.indexOf('"features":[')
    def said = end < 0 ? [:] : GsonTools.getInstance().fromJson(text.substring(0, end) + '"features":[]}', Map)
    // Older files of UniCell call it properties.
    said.unicell ?: said['properties']
}

def results = folder.listFiles()
    .findAll { it.getName() ==~ /.*\.geojson(\.gz)?/ }
    .collect { [file: it, head: headOf(it)] }
    .findAll { it.head?.image?.id in names }
    .groupBy { it.file.getName().replaceFirst(/\.part-\d+(?=\.)/, '') }

if (results.isEmpty()) {
    println "${image}: no file in ${folder} is of it."
    return
}

// All of them before anything is imported.
results.each { name, parts ->
    def expected = parts.collect { (it.head.part?.of ?: 1) as int } as Set
    def found = parts.collect { (it.head.part?.number ?: 1) as int }.sort()
    if (expected.size() > 1 || found != (1..expected.first()).toList()) {
        throw new IOException("${name} has the parts ${found.join(', ')} of ${expected.sort().join(' or ')} in ${folder}. Put all parts of one run there, and no others.")
    }
}

def known = getAllObjects().collect { it.getID() } as Set
results.sort { it.key }.each { name, parts ->
    def count = 0
    parts.sort { it.file.getName() }.each { part ->
        def fresh = PathIO.readObjects(part.file.toPath()).findAll { known.add(it.getID()) }
        addObjects(fresh)
        count += fresh.size()
    }
    println "${image}: ${count} nuclei from ${name} (${parts.size()} file${parts.size() > 1 ? 's' : ''})."
}
