// A server of OPC UA in place of a PLC, to try the bridge without one: prints what is written to its two variables. `npm run plc`
import opcua from 'node-opcua-server';

const { OPCUAServer } = opcua;

const server = new OPCUAServer({ port: 4840 });
await server.initialize();
const { addressSpace } = server.engine;
const namespace = addressSpace.getOwnNamespace();
for (const [name, dataType, value] of [
  ['Alarm', 'Boolean', false],
  ['Score', 'Double', 0],
]) {
  const variable = namespace.addVariable({
    organizedBy: addressSpace.rootFolder.objects,
    nodeId: `s=${name}`,
    browseName: name,
    dataType,
    value: { dataType, value },
  });
  variable.on('value_changed', (changed) => console.log(`${name} = ${changed.value.value}`));
}
await server.start();
console.log('listening at opc.tcp://127.0.0.1:4840');
process.on('SIGINT', () => server.shutdown(0));
