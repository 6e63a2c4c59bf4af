package qupath.lib.io

import groovy.json.JsonSlurper
import java.nio.file.Path

/** Reads the features of a GeoJSON file, which may be gzipped, as objects with an id. */
class PathIO {
    static List readObjects(Path path) {
        def file = path.toFile().newInputStream()
        def plain = "$path".endsWith('.gz') ? new java.util.zip.GZIPInputStream(file) : file
        new JsonSlurper().parse(plain).features.collect { new FoundObject(it.id) }
    }
}

class FoundObject {
    private final UUID id

    FoundObject(String id) { this.id = UUID.fromString(id) }

    UUID getID() { id }
}
