package qupath.lib.io

import groovy.json.JsonSlurper

/** Reads JSON into maps, as QuPath's Gson does. */
class GsonTools {
    static GsonTools getInstance() { new GsonTools() }

    Map fromJson(String text, Class<Map> type) { new JsonSlurper().parseText(text) as Map }
}
