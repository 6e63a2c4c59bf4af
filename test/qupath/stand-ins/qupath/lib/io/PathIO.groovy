package qupath.lib.io

import groovy.json.JsonSlurper
import java.nio.file.Path

/** Reads the features of a GeoJSON file as objects with an id. */
class PathIO {
    static List readObjects(Path path) {
        new JsonSlurper().parse(path.toFile()).features.collect { new FoundObject(it.id) }
    }
}

class FoundObject {
    private final UUID id

    FoundObject(String id) { this.id = UUID.fromString(id) }

    UUID getID() { id }
}
