/**
 * Runs a script as QuPath would, for one image, twice; prints how many objects the image has after each run.
 * Arguments: the script, the name of the image, the path of its file, the script's own arguments.
 */
import org.codehaus.groovy.control.CompilerConfiguration

abstract class QuPathScript extends Script {
    static final String PROJECT_BASE_DIR = '/nowhere'
    static List objects = []
    static String imageName
    static String imageFile

    String getCurrentImageName() { imageName }
    def getCurrentServer() { [getURIs: { [new File(imageFile).toURI()] }] as ImageServer }
    Collection getAllObjects() { objects }
    boolean addObjects(Collection added) { objects.addAll(added) }
    String buildFilePath(String... parts) { parts.join(File.separator) }
}

interface ImageServer {
    Collection<URI> getURIs()
}

QuPathScript.imageName = args[1]
QuPathScript.imageFile = args[2]
def configuration = new CompilerConfiguration(scriptBaseClass: QuPathScript.name)
def binding = new Binding([args: args.drop(3)])
def shell = new GroovyShell(QuPathScript.classLoader, binding, configuration)
2.times {
    shell.evaluate(new File(args[0]))
    println "objects: ${QuPathScript.objects.size()}"
}
